package dev.tinystyle.core;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;

/** What a file that no decoder took is, by its first bytes; as tinystyle.pictures.files. */
public final class PictureKind {
    /** As many bytes of a file as are looked at. */
    public static final int HEAD_BYTES = 16;

    private static final Charset LATIN_1 = Charset.forName("ISO-8859-1");
    private static final List<String> HEIC = Arrays.asList(
            "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1");
    private static final List<String> AVIF = Arrays.asList("avif", "avis");

    private static final String[][] OTHERS = {
        {"\u00ff\n", "JPEG XL"},
        {"\0\0\0\fJXL ", "JPEG XL"},
        {"\0\0\0\fjP  ", "JPEG 2000"},
        {"\u00ffO\u00ffQ", "JPEG 2000"},
        {"8BPS", "a Photoshop file"},
        {"%PDF", "PDF"},
        {"<svg", "SVG"},
        {"<?xml", "SVG or other XML"},
        {"II*\0", "TIFF or a raw photo"},
        {"MM\0*", "TIFF or a raw photo"},
    };

    private PictureKind() {}

    /**
     * What such a file is and what to do; null where it looks like one that every device reads, so
     * that the decoder's own reason is better, or like nothing known.
     *
     * @param head the first bytes of a file, {@link #HEAD_BYTES} or all that it has
     */
    public static String unreadable(byte[] head) {
        String start = new String(head, LATIN_1);
        boolean boxes = start.length() >= 12 && start.startsWith("ftyp", 4);
        String brand = boxes ? start.substring(8, 12) : "";
        if (HEIC.contains(brand)) {
            return "it is HEIC, which this device does not read; make a JPEG of it (iPhone: "
                    + "Settings, Camera, Formats, Most Compatible)";
        }
        if (AVIF.contains(brand)) {
            return "it is AVIF, which this device does not read, as most before Android 12; make a "
                    + "JPEG or a PNG of it";
        }
        for (String[] other : OTHERS) {
            if (start.startsWith(other[0])) {
                return "it is " + other[1] + ", which this app does not read; make a JPEG or a PNG "
                        + "of it";
            }
        }
        return null;
    }
}
