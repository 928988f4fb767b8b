package ai.onnxruntime;

/** Tensors of any kind. */
public abstract class OnnxTensorLike implements OnnxValue {
    /** Of the C interface's OrtValue; 0 when closed. */
    long nativeHandle;

    OnnxTensorLike(long nativeHandle) {
        this.nativeHandle = nativeHandle;
    }
}
