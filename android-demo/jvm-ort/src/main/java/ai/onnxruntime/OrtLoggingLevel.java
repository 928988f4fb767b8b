package ai.onnxruntime;

/** From which severity on messages are written to the log. */
public enum OrtLoggingLevel {
    ORT_LOGGING_LEVEL_VERBOSE(0),
    ORT_LOGGING_LEVEL_INFO(1),
    ORT_LOGGING_LEVEL_WARNING(2),
    ORT_LOGGING_LEVEL_ERROR(3),
    ORT_LOGGING_LEVEL_FATAL(4);

    private final int value;

    OrtLoggingLevel(int value) {
        this.value = value;
    }

    public int getValue() {
        return value;
    }
}
