package dev.tinystyle.demo;

/** A decoded picture, upright. */
final class RgbPicture {
    /** {@code height * width * 3} bytes. */
    final byte[] rgb;

    /** In pixels. */
    final int height;

    /** In pixels. */
    final int width;

    /** Whether the file has more pixels. */
    final boolean reduced;

    RgbPicture(byte[] rgb, int height, int width, boolean reduced) {
        this.rgb = rgb;
        this.height = height;
        this.width = width;
        this.reduced = reduced;
    }
}
