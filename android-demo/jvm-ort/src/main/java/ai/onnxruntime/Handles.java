package ai.onnxruntime;

/** Not of onnxruntime: lets tests see what was not given back. */
public final class Handles {
    private Handles() {}

    /** Options, sessions and tensors that were made and not closed. */
    public static int open() {
        return Native.handles();
    }
}
