package ai.onnxruntime;

/** What goes into a network and comes out. */
public interface OnnxValue extends AutoCloseable {
    @Override
    void close();
}
