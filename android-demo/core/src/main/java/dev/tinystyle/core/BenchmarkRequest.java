package dev.tinystyle.core;

import java.util.Map;

/** What a benchmark run was asked for, by the extras of its intent. Immutable. */
public final class BenchmarkRequest {
    /** Most runs of either kind, so that the raw times fit into memory. */
    static final int MAX_RUNS = 100000;

    private static final int MAX_ID = 64;
    private static final double MAX_SECONDS = 3600.0;

    final String runId;
    final String model;
    final SessionSettings settings;
    final int warmupRuns;
    final int minRuns;
    final double minSeconds;
    final double maxSeconds;

    private BenchmarkRequest(Map<String, ?> extras) throws StyleException {
        runId = runId(extras);
        model = text(extras, "model");
        settings = new SessionSettings(
                Provider.of(text(extras, "provider")),
                whole(extras, "threads", 0, SessionSettings.MAX_THREADS),
                whole(extras, "height", SessionSettings.MIN_SIDE, SessionSettings.MAX_SIDE),
                whole(extras, "width", SessionSettings.MIN_SIDE, SessionSettings.MAX_SIDE));
        warmupRuns = whole(extras, "warmup_runs", 0, MAX_RUNS);
        minRuns = whole(extras, "min_runs", 1, MAX_RUNS);
        minSeconds = seconds(extras, "min_seconds");
        maxSeconds = seconds(extras, "max_seconds");
        if (minSeconds > maxSeconds) {
            throw wrong("min_seconds", minSeconds, "0 to max_seconds, which is " + maxSeconds);
        }
    }

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
        String id = text(extras, "run_id");
        boolean plain = id.length() >= 1 && id.length() <= MAX_ID;
        for (int i = 0; plain && i < id.length(); i++) {
            char letter = id.charAt(i);
            plain = letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z'
                    || letter >= '0' && letter <= '9' || letter == '_' || letter == '-';
        }
        if (!plain) {
            throw wrong("run_id", Json.write(id), "1 to 64 letters, digits, _ and -");
        }
        return id;
    }

    /** All extras; those of {@link #numberKeys} as Integer, the others as String. */
    public static BenchmarkRequest of(Map<String, ?> extras) throws StyleException {
        return new BenchmarkRequest(extras);
    }

    /** As {@link #runId(Map)} gave it. */
    public String runId() {
        return runId;
    }

    /** Name of the model's file; to be resolved by {@link ModelFile#inFolder}. */
    public String model() {
        return model;
    }

    private static String text(Map<String, ?> extras, String key) throws StyleException {
        Object value = extras.get(key);
        if (!(value instanceof String)) {
            throw wrong(key, value, "text: --es " + key + " VALUE");
        }
        return (String) value;
    }

    private static int whole(Map<String, ?> extras, String key, int least, int most)
            throws StyleException {
        Object value = extras.get(key);
        if (!(value instanceof Integer) || (Integer) value < least || (Integer) value > most) {
            throw wrong(key, value, least + " to " + most + ": --ei " + key + " VALUE");
        }
        return (Integer) value;
    }

    private static double seconds(Map<String, ?> extras, String key) throws StyleException {
        String value = text(extras, key);
        double seconds;
        try {
            seconds = Double.parseDouble(value);
        } catch (NumberFormatException error) {
            throw wrong(key, Json.write(value), "0 to " + MAX_SECONDS);
        }
        if (!(seconds >= 0.0 && seconds <= MAX_SECONDS)) {
            throw wrong(key, value, "0 to " + MAX_SECONDS);
        }
        return seconds;
    }

    private static StyleException wrong(String key, Object value, String allowed) {
        return new StyleException(
                StyleException.Kind.OPTION, key + " is " + value + "; allowed is " + allowed);
    }
}
