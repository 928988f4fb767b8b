package ai.onnxruntime;

/** Element types: those that our networks have. */
public enum OnnxJavaType {
    FLOAT(1, 4),
    UINT8(2, 1),
    INT64(7, 8),
    UNKNOWN(0, 0);

    /** As in onnxruntime's C interface. */
    final int code;

    /** Bytes of an element. */
    public final int size;

    OnnxJavaType(int code, int size) {
        this.code = code;
        this.size = size;
    }

    static OnnxJavaType ofCode(int code) {
        for (OnnxJavaType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return UNKNOWN;
    }
}
