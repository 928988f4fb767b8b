package dev.tinystyle.core;

import java.nio.ByteBuffer;

/** Between RGB bytes and what Android's bitmaps hold. */
public final class PixelPacking {
    private PixelPacking() {}

    /**
     * RGB bytes to RGBA bytes with opaque alpha, the order of {@code Bitmap.copyPixelsFromBuffer}
     * for ARGB_8888. Both from position 0; positions are left at 0.
     */
    public static void toRgba(ByteBuffer rgb, ByteBuffer rgba, int pixels) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * A row of colours of {@code Bitmap.getPixels}, 0xAARRGGBB, to RGB bytes; transparent ones over
     * white.
     */
    public static void fromArgb(int[] argb, int from, byte[] rgb, int to, int pixels) {
        throw new UnsupportedOperationException("being written");
    }

    /** RGB bytes to a row of opaque colours for {@code Bitmap.setPixels}. */
    public static void toArgb(byte[] rgb, int from, int[] argb, int to, int pixels) {
        throw new UnsupportedOperationException("being written");
    }
}
