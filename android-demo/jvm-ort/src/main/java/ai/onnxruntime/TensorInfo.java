package ai.onnxruntime;

/** Type and shape of a tensor. */
public class TensorInfo implements ValueInfo {
    /** Of the elements. */
    public final OnnxJavaType type;

    private final long[] shape;

    TensorInfo(OnnxJavaType type, long[] shape) {
        this.type = type;
        this.shape = shape;
    }

    /** -1 stands for any length. */
    public long[] getShape() {
        return shape.clone();
    }
}
