package dev.tinystyle.core;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;

/** Files that are there whole or not at all. */
final class AtomicFile {
    private static final Charset UTF8 = Charset.forName("UTF-8");

    private AtomicFile() {}

    static File write(File folder, String name, String text) throws StyleException {
        File target = new File(folder, name);
        File temporary = null;
        try {
            if (!folder.isDirectory() && !folder.mkdirs() && !folder.isDirectory()) {
                throw new IOException("the folder cannot be made");
            }
            temporary = File.createTempFile("." + name, ".part", folder);
            FileOutputStream stream = new FileOutputStream(temporary);
            try {
                stream.write(text.getBytes(UTF8));
                stream.getFD().sync();
            } finally {
                stream.close();
            }
            // createTempFile gives a file that only the app may read; adb pull is another user.
            temporary.setReadable(true, false);
            if (!temporary.renameTo(target)) {
                throw new IOException("it cannot be renamed");
            }
            temporary = null;
            return target;
        } catch (IOException error) {
            throw new StyleException(
                    StyleException.Kind.OUTPUT,
                    target + ": cannot be written (" + StyleException.reason(error) + ")",
                    error);
        } finally {
            if (temporary != null) {
                temporary.delete();
            }
        }
    }
}
