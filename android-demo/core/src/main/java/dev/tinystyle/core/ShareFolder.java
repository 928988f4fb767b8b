package dev.tinystyle.core;

import java.io.File;

/**
 * Paintings that are handed to other apps. Each has a file of its own: the app that got one may
 * read it later, when another one was shared already. They are deleted after a day.
 */
public final class ShareFolder {
    private static final long KEPT_MILLIS = 24L * 60 * 60 * 1000;
    private static final String START = "tinystyle-";
    private static final int MOST_DIGITS = 19;

    private final File folder;

    public ShareFolder(File folder) {
        this.folder = folder;
    }

    /** A file that is not there yet, for a painting. Deletes old ones. */
    public File next(long nowMillis, PaintingFormat format) throws StyleException {
        if (!folder.isDirectory() && !folder.mkdirs() && !folder.isDirectory()) {
            throw new StyleException(
                    StyleException.Kind.OUTPUT, folder + ": the folder cannot be made");
        }
        File[] files = folder.listFiles();
        if (files != null) {
            for (File file : files) {
                if (Math.abs(nowMillis - file.lastModified()) > KEPT_MILLIS) {
                    file.delete();
                }
            }
        }
        long number = nowMillis;
        while (new File(folder, START + number + format.ending()).exists()) {
            number++;
        }
        return new File(folder, START + number + format.ending());
    }

    /** A painting by its name; null where there is none, or the name is not one given here. */
    public File find(String name) {
        PaintingFormat format = name == null ? null : PaintingFormat.of(name);
        if (format == null || !name.startsWith(START)) {
            return null;
        }
        int digits = name.length() - START.length() - format.ending().length();
        boolean plain = digits >= 1 && digits <= MOST_DIGITS;
        for (int i = 0; plain && i < digits; i++) {
            char letter = name.charAt(START.length() + i);
            plain = letter >= '0' && letter <= '9';
        }
        File file = new File(folder, name);
        return plain && file.isFile() ? file : null;
    }
}
