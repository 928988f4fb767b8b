package ai.onnxruntime;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** A tensor over a direct buffer, or of onnxruntime's own memory. */
public class OnnxTensor extends OnnxTensorLike {
    /** Keeps the memory alive that the tensor is over. */
    private final Buffer buffer;

    OnnxTensor(long nativeHandle, Buffer buffer) {
        super(nativeHandle);
        this.buffer = buffer;
    }

    /** Over a direct buffer from its position on, without a copy. */
    public static OnnxTensor createTensor(
            OrtEnvironment env, ByteBuffer data, long[] shape, OnnxJavaType type)
            throws OrtException {
        return create(data, data.position(), data.remaining(), shape, type);
    }

    /** Over a direct buffer from its position on, without a copy. */
    public static OnnxTensor createTensor(OrtEnvironment env, FloatBuffer data, long[] shape)
            throws OrtException {
        int size = OnnxJavaType.FLOAT.size;
        return create(
                data, (long) data.position() * size, (long) data.remaining() * size, shape,
                OnnxJavaType.FLOAT);
    }

    /** Over a direct buffer from its position on, without a copy. */
    public static OnnxTensor createTensor(OrtEnvironment env, LongBuffer data, long[] shape)
            throws OrtException {
        int size = OnnxJavaType.INT64.size;
        return create(
                data, (long) data.position() * size, (long) data.remaining() * size, shape,
                OnnxJavaType.INT64);
    }

    private static OnnxTensor create(
            Buffer data, long offset, long bytes, long[] shape, OnnxJavaType type)
            throws OrtException {
        long needed = type.size;
        for (long length : shape) {
            needed *= length;
        }
        if (needed != bytes) {
            throw new OrtException(
                    "Shape needs " + needed + " bytes, the buffer has " + bytes + " remaining");
        }
        if (!data.isDirect()) {
            // The real class copies here; our sessions must never come to that.
            throw new OrtException("the buffer is not direct");
        }
        return new OnnxTensor(Native.createTensor(data, offset, bytes, shape, type.code), data);
    }

    /** A copy of the values; null if they are no floats. */
    public FloatBuffer getFloatBuffer() {
        if (nativeHandle == 0) {
            throw new IllegalStateException("Trying to use a closed OnnxValue");
        }
        ByteBuffer values = Native.floats(nativeHandle);
        if (values == null) {
            return null;
        }
        FloatBuffer source = values.order(ByteOrder.nativeOrder()).asFloatBuffer();
        FloatBuffer copy = FloatBuffer.allocate(source.remaining());
        copy.put(source);
        copy.rewind();
        return copy;
    }

    @Override
    public void close() {
        if (nativeHandle != 0) {
            Native.closeTensor(nativeHandle);
            nativeHandle = 0;
        }
    }
}
