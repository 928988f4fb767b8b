package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * What the two sliders do to a painting: strength and keeping the photograph's colours.
 *
 * <p>Strength is the blend of tinystyle.network.spec.NetSpec, keeping colours is transfer_luma of
 * tinystyle.runtime.color. Nothing is allocated per call.
 */
public final class ColorBlend {
    // Luma of ITU-R BT.601, as tinystyle.runtime.color.LUMA.
    static final float RED = 0.299f;
    static final float GREEN = 0.587f;
    static final float BLUE = 0.114f;

    private static final int ROW = 3 * 1024;

    private final byte[] ours = new byte[ROW];
    private final byte[] theirs = new byte[ROW];

    /**
     * {@code painted} becomes photograph + strength * (painted - photograph), rounded; with {@code
     * keepColor}, then the photograph with the luma of that.
     *
     * @param painted RGB bytes, changed in place, from position 0; left at position 0
     * @param photograph RGB bytes, as many; left at position 0
     * @param pixels number of pixels
     * @param strength 0 to 1
     */
    public void apply(
            ByteBuffer painted, ByteBuffer photograph, int pixels, float strength,
            boolean keepColor) {
        if (!(strength >= 0.0f && strength <= 1.0f)) {
            throw new IllegalArgumentException("strength is " + strength + "; allowed are 0 to 1");
        }
        painted.clear();
        photograph.clear();
        if (strength == 1.0f && !keepColor) {
            return;
        }
        int end = pixels * 3;
        for (int from = 0; from < end; from += ROW) {
            int count = Math.min(ROW, end - from);
            painted.position(from);
            painted.get(ours, 0, count);
            photograph.get(theirs, 0, count);
            blend(ours, theirs, count, strength, keepColor);
            painted.position(from);
            painted.put(ours, 0, count);
        }
        painted.clear();
        photograph.clear();
    }

    /** As above, of arrays. */
    public static void apply(
            byte[] painted, byte[] photograph, float strength, boolean keepColor) {
        blend(painted, photograph, painted.length, strength, keepColor);
    }

    private static void blend(
            byte[] painted, byte[] photograph, int count, float strength, boolean keepColor) {
        if (strength != 1.0f) {
            for (int i = 0; i < count; i++) {
                int before = photograph[i] & 0xff;
                int after = painted[i] & 0xff;
                painted[i] = (byte) (before + strength * (after - before) + 0.5f);
            }
        }
        if (keepColor) {
            for (int i = 0; i + 2 < count; i += 3) {
                int r = photograph[i] & 0xff;
                int g = photograph[i + 1] & 0xff;
                int b = photograph[i + 2] & 0xff;
                float wanted = RED * (painted[i] & 0xff) + GREEN * (painted[i + 1] & 0xff)
                        + BLUE * (painted[i + 2] & 0xff);
                float step = wanted - (RED * r + GREEN * g + BLUE * b);
                painted[i] = clip(r + step);
                painted[i + 1] = clip(g + step);
                painted[i + 2] = clip(b + step);
            }
        }
    }

    private static byte clip(float value) {
        return (byte) (Math.max(0.0f, Math.min(255.0f, value)) + 0.5f);
    }
}
