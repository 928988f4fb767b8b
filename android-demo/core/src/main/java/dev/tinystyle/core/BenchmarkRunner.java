package dev.tinystyle.core;

/** Measures a network by the benchmark protocol, version 1. Blocks: for a worker thread. */
public final class BenchmarkRunner {
    /** @param clock {@link Clock#SYSTEM}, but in tests */
    public BenchmarkRunner(SessionFactory factory, Clock clock, DeviceProbe probe) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Loads the model, runs it once, warms up, and measures until there are {@code min_runs} runs
     * and {@code min_seconds} have passed, or {@code max_seconds} have. The picture painted is
     * {@link TestPicture}.
     *
     * <p>{@code raw_ms} are the runs of the network alone; {@code end_to_end_ms} the same runs with
     * copying the picture in and packing the painting for the screen.
     *
     * @param model the model's bytes
     * @return a report of the run or of its failure; nothing is thrown for a model that does not
     *     work
     */
    public BenchmarkReport run(BenchmarkRequest request, byte[] model) {
        throw new UnsupportedOperationException("being written");
    }
}
