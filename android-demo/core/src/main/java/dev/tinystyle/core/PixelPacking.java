package dev.tinystyle.core;

import java.nio.ByteBuffer;

/** Between RGB bytes and what Android's bitmaps hold. Made once for a preview: it has a row. */
public final class PixelPacking {
    private static final int PIXELS = 1024;

    private final byte[] narrow = new byte[3 * PIXELS];
    private final byte[] wide = new byte[4 * PIXELS];

    /**
     * RGB bytes to RGBA bytes with opaque alpha, the order of {@code Bitmap.copyPixelsFromBuffer}
     * for ARGB_8888. Both from position 0; positions are left at 0. Nothing is allocated.
     */
    public void toRgba(ByteBuffer rgb, ByteBuffer rgba, int pixels) {
        rgb.clear();
        rgba.clear();
        for (int from = 0; from < pixels; from += PIXELS) {
            int count = Math.min(PIXELS, pixels - from);
            rgb.get(narrow, 0, 3 * count);
            for (int i = 0, j = 0; i < 4 * count; i += 4, j += 3) {
                wide[i] = narrow[j];
                wide[i + 1] = narrow[j + 1];
                wide[i + 2] = narrow[j + 2];
                wide[i + 3] = (byte) 0xff;
            }
            rgba.put(wide, 0, 4 * count);
        }
        rgb.clear();
        rgba.clear();
    }

    /**
     * Colours of {@code Bitmap.getPixels}, 0xAARRGGBB, to RGB bytes and alpha.
     *
     * @param from index of the first colour
     * @param to index of the first pixel of both
     * @param alpha a byte a pixel
     */
    public static void fromArgb(
            int[] argb, int from, byte[] rgb, byte[] alpha, int to, int pixels) {
        int at = 3 * to;
        for (int i = 0; i < pixels; i++) {
            int colour = argb[from + i];
            rgb[at] = (byte) (colour >> 16);
            rgb[at + 1] = (byte) (colour >> 8);
            rgb[at + 2] = (byte) colour;
            alpha[to + i] = (byte) (colour >>> 24);
            at += 3;
        }
    }

    /**
     * RGB bytes to colours for {@code Bitmap.setPixels}.
     *
     * @param alpha a byte a pixel; null for opaque ones
     * @param from index of the first pixel of both
     * @param to index of the first colour
     */
    public static void toArgb(byte[] rgb, byte[] alpha, int from, int[] argb, int to, int pixels) {
        int at = 3 * from;
        for (int i = 0; i < pixels; i++) {
            int shown = alpha == null ? 0xff : alpha[from + i] & 0xff;
            argb[to + i] = shown << 24 | (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8
                    | rgb[at + 2] & 0xff;
            at += 3;
        }
    }
}
