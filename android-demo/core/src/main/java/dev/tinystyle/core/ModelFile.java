package dev.tinystyle.core;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Reading model files, which are not trusted. */
public final class ModelFile {
    /** Largest file that is read: above every network and hypernetwork of the project. */
    public static final int MAX_BYTES = 64 << 20;

    private static final String DIGITS = "0123456789abcdef";
    private static final int MAX_NAME = 128;

    private ModelFile() {}

    /** The bytes of a file. */
    public static byte[] read(File file) throws StyleException {
        if (!file.isFile()) {
            throw new StyleException(
                    StyleException.Kind.MODEL, file.getName() + ": there is no such model file");
        }
        try {
            return read(new FileInputStream(file), file.getName());
        } catch (IOException error) {
            throw unreadable(file.getName(), error);
        }
    }

    /** The bytes of a stream, such as an asset's. Closes it. {@code label} names it in messages. */
    public static byte[] read(InputStream stream, String label) throws StyleException {
        try {
            try {
                ByteArrayOutputStream content = new ByteArrayOutputStream(1 << 19);
                byte[] part = new byte[1 << 16];
                for (int count = stream.read(part); count >= 0; count = stream.read(part)) {
                    content.write(part, 0, count);
                    if (content.size() > MAX_BYTES) {
                        throw new StyleException(
                                StyleException.Kind.MODEL,
                                label + ": has more than " + MAX_BYTES + " bytes; no model of ours "
                                        + "does");
                    }
                }
                if (content.size() == 0) {
                    throw new StyleException(
                            StyleException.Kind.MODEL, label + ": the model file is empty");
                }
                return content.toByteArray();
            } finally {
                stream.close();
            }
        } catch (IOException error) {
            throw unreadable(label, error);
        }
    }

    private static StyleException unreadable(String label, IOException error) {
        return new StyleException(
                StyleException.Kind.MODEL,
                label + ": cannot be read (" + StyleException.reason(error) + ")",
                error);
    }

    /** As 64 hexadecimal digits. */
    public static String sha256(byte[] content) {
        byte[] digest;
        try {
            digest = MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException("every Java has SHA-256", error);
        }
        StringBuilder text = new StringBuilder(2 * digest.length);
        for (byte value : digest) {
            text.append(DIGITS.charAt(value >> 4 & 15)).append(DIGITS.charAt(value & 15));
        }
        return text.toString();
    }

    /**
     * A file of that name in the folder.
     *
     * @param name one that came from outside: letters, digits, {@code . _ -}, not beginning with a
     *     dot, ending in .onnx or .ort
     */
    public static File inFolder(File folder, String name) throws StyleException {
        boolean plain = name != null && name.length() <= MAX_NAME && !name.startsWith(".")
                && (name.endsWith(".onnx") || name.endsWith(".ort"));
        for (int i = 0; plain && i < name.length(); i++) {
            char letter = name.charAt(i);
            plain = letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z'
                    || letter >= '0' && letter <= '9' || "._-".indexOf(letter) >= 0;
        }
        if (!plain) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "model is " + Json.write(name) + "; needed is the plain name of a .onnx or "
                            + ".ort file, of letters, digits and . _ -");
        }
        return new File(folder, name);
    }
}
