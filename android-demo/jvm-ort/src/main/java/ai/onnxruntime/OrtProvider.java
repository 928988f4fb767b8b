package ai.onnxruntime;

/** Execution providers; here those that the demo knows, and one for all others. */
public enum OrtProvider {
    CPU("CPUExecutionProvider"),
    XNNPACK("XnnpackExecutionProvider"),
    NNAPI("NnapiExecutionProvider"),
    QNN("QNNExecutionProvider");

    private final String name;

    OrtProvider(String name) {
        this.name = name;
    }

    public String getName() {
        return name;
    }
}
