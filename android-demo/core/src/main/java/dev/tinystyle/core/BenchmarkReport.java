package dev.tinystyle.core;

import java.io.File;

/** A benchmark run as its JSON file holds it. */
public final class BenchmarkReport {
    /**
     * A run that could not be begun.
     *
     * @param runId as {@link BenchmarkRequest#runId} gave it
     */
    public static BenchmarkReport failed(String runId, String error, DeviceProbe probe) {
        throw new UnsupportedOperationException("being written");
    }

    /** Whether it was measured. */
    public boolean isDone() {
        throw new UnsupportedOperationException("being written");
    }

    /** One sentence that says what was wrong, or null. */
    public String error() {
        throw new UnsupportedOperationException("being written");
    }

    public String toJson() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Writes {@code RUN_ID.json} into a folder, made if needed: to a temporary name, synced, then
     * renamed, so that the file is whole as soon as it is there.
     */
    public File write(File folder) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
