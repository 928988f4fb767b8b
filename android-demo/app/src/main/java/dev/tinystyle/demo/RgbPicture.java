package dev.tinystyle.demo;

import dev.tinystyle.core.PhotoFacts;

/** A decoded picture, upright and in sRGB. */
final class RgbPicture {
    /** {@code height * width * 3} bytes. Transparent pixels have colours from around. */
    final byte[] rgb;

    /** {@code height * width} bytes; null where nothing is transparent. */
    final byte[] alpha;

    /** In pixels. */
    final int height;

    /** In pixels. */
    final int width;

    /** Whether the file has more pixels. */
    final boolean reduced;

    /** What the file says beside its pixels. */
    final PhotoFacts facts;

    RgbPicture(
            byte[] rgb, byte[] alpha, int height, int width, boolean reduced, PhotoFacts facts) {
        this.rgb = rgb;
        this.alpha = alpha;
        this.height = height;
        this.width = width;
        this.reduced = reduced;
        this.facts = facts;
    }
}
