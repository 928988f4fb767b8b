package ai.onnxruntime;

import java.nio.Buffer;
import java.nio.ByteBuffer;

/**
 * The C interface of onnxruntime, as far as it is used; ort_jni.c has the other side.
 *
 * <p>System properties name the two libraries: {@code tinystyle.ort.jni} and {@code
 * tinystyle.ort.library}.
 */
final class Native {
    static {
        System.load(System.getProperty("tinystyle.ort.jni"));
        String error = load(System.getProperty("tinystyle.ort.library"));
        if (error != null) {
            throw new UnsatisfiedLinkError(error);
        }
    }

    private Native() {}

    /** Returns why not, or null. */
    private static native String load(String library);

    static native String version();

    static native String[] providers();

    /** Options, sessions and tensors that were made and not closed. */
    static native int handles();

    static native long createOptions();

    static native void closeOptions(long options);

    static native void setIntraOpNumThreads(long options, int count) throws OrtException;

    static native void setInterOpNumThreads(long options, int count) throws OrtException;

    static native void setLogLevel(long options, int level) throws OrtException;

    static native void setMemoryPattern(long options, boolean on) throws OrtException;

    static native void addConfigEntry(long options, String key, String value) throws OrtException;

    static native void setDimension(long options, String name, long value) throws OrtException;

    static native long createSession(byte[] model, long options) throws OrtException;

    static native void closeSession(long session);

    static native int count(long session, boolean inputs) throws OrtException;

    static native String name(long session, boolean inputs, int index) throws OrtException;

    /** As in the C interface; 0 for what is no tensor. */
    static native int elementType(long session, boolean inputs, int index) throws OrtException;

    static native long[] shape(long session, boolean inputs, int index) throws OrtException;

    static native long createTensor(Buffer data, long offset, long bytes, long[] shape, int type)
            throws OrtException;

    static native void closeTensor(long tensor);

    /** Its memory, or null if it holds no floats. */
    static native ByteBuffer floats(long tensor);

    /** Outputs that are 0 are made and put there. */
    static native void run(
            long session, String[] inputNames, long[] inputs, String[] outputNames, long[] outputs)
            throws OrtException;
}
