package dev.tinystyle.core;

/**
 * The fields of a protobuf message, one after another: as much of the format as an ONNX file needs.
 * The bytes are not trusted.
 */
final class ProtoFields {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int BYTES = 2;
    private static final int FOUR_BYTES = 5;

    private final byte[] message;
    private final int end;
    private int next;
    private int number;
    private int start;
    private int content;

    /** @param from first byte of the message, {@code end} that behind its last one */
    ProtoFields(byte[] message, int from, int end) {
        this.message = message;
        this.end = end;
        next = from;
    }

    /**
     * Goes on to the next field; false behind the last one.
     *
     * @throws StyleException where the bytes are no message
     */
    boolean next() throws StyleException {
        if (next == end) {
            return false;
        }
        start = next;
        long tag = varint();
        number = (int) (tag >>> 3);
        content = next;
        long length = 0;
        switch ((int) (tag & 7)) {
            case VARINT:
                varint();
                break;
            case EIGHT_BYTES:
                length = 8;
                break;
            case BYTES:
                length = varint();
                content = next;
                break;
            case FOUR_BYTES:
                length = 4;
                break;
            default:
                throw damaged();
        }
        if (length < 0 || length > end - next) {
            throw damaged();
        }
        next += (int) length;
        return true;
    }

    private long varint() throws StyleException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (next == end) {
                throw damaged();
            }
            byte part = message[next++];
            value |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw damaged();
    }

    private static StyleException damaged() {
        return new StyleException(StyleException.Kind.MODEL, "the file is no ONNX model");
    }

    /** Of the field. */
    int number() {
        return number;
    }

    /** Where the field begins, tag and length included. */
    int start() {
        return start;
    }

    /** Where its content begins. */
    int content() {
        return content;
    }

    /** Where it ends. */
    int end() {
        return next;
    }

    /** The fields of its content, a message. */
    ProtoFields inside() {
        return new ProtoFields(message, content, next);
    }

    /** Whether a field of another message has the same bytes, tag and length included. */
    boolean equal(ProtoFields other) {
        int length = next - start;
        boolean same = other.next - other.start == length;
        for (int i = 0; same && i < length; i++) {
            same = message[start + i] == other.message[other.start + i];
        }
        return same;
    }
}
