package dev.tinystyle.core;

import java.util.Map;

/** What a benchmark run was asked for, by the extras of its intent. Immutable. */
public final class BenchmarkRequest {
    /** Names of the extras that hold text. */
    public static String[] textKeys() {
        return new String[] {"run_id", "model", "provider", "min_seconds", "max_seconds"};
    }

    /** Names of the extras that hold whole numbers. */
    public static String[] numberKeys() {
        return new String[] {"threads", "height", "width", "warmup_runs", "min_runs"};
    }

    /**
     * The run's name: to be read first, since failures are reported under it.
     *
     * @throws StyleException where it is missing or not of {@code [A-Za-z0-9_-]{1,64}}
     */
    public static String runId(Map<String, ?> extras) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /** All extras; those of {@link #numberKeys} as Integer, the others as String. */
    public static BenchmarkRequest of(Map<String, ?> extras) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /** Plain file name of the model. */
    public String model() {
        throw new UnsupportedOperationException("being written");
    }
}
