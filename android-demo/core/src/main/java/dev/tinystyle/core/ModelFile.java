package dev.tinystyle.core;

import java.io.File;
import java.io.InputStream;

/** Reading model files, which are not trusted. */
public final class ModelFile {
    /** Largest file that is read: above every network and hypernetwork of the project. */
    public static final int MAX_BYTES = 64 << 20;

    private ModelFile() {}

    /** The bytes of a file. */
    public static byte[] read(File file) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /** The bytes of a stream, such as an asset's. Closes it. {@code label} names it in messages. */
    public static byte[] read(InputStream stream, String label) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /** As 64 hexadecimal digits. */
    public static String sha256(byte[] content) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * A file of that name in the folder.
     *
     * @param name one that came from outside: letters, digits, {@code . _ -}, not beginning with a
     *     dot, ending in .onnx or .ort
     */
    public static File inFolder(File folder, String name) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
