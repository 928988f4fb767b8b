package dev.tinystyle.core;

/**
 * How a photo of full resolution is painted on a device whose memory is short.
 *
 * <p>Tiles are exact only for networks whose pixels depend on near ones alone: exported with frozen
 * norms ({@code --norm frozen}), or of the form "plain". Instance norms look at the whole picture:
 * in tiles, each would get contrast and colours of its own. So a photo that is too large for such a
 * network is painted at the largest size that fits and enlarged.
 */
public final class PaintPlan {
    /** The way. */
    public enum Way {
        /** At once. */
        WHOLE,
        /** In overlapping tiles whose seams are trimmed: equal to the whole. */
        TILES,
        /** Smaller, then enlarged. */
        SCALED
    }

    /**
     * @param height of the photo, in pixels
     * @param width of the photo, in pixels
     * @param local whether the network's pixels depend on near ones alone
     * @param maxPixels that are painted at once
     */
    public static PaintPlan of(int height, int width, boolean local, int maxPixels)
            throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    public Way way() {
        throw new UnsupportedOperationException("being written");
    }

    /** Height at which is painted: of the picture, or of a tile. */
    public int paintHeight() {
        throw new UnsupportedOperationException("being written");
    }

    /** Width at which is painted: of the picture, or of a tile. */
    public int paintWidth() {
        throw new UnsupportedOperationException("being written");
    }

    /** How often the network is run. */
    public int runs() {
        throw new UnsupportedOperationException("being written");
    }

    /** One sentence for the user where the result is not the exact one; else null. */
    public String caveat() {
        throw new UnsupportedOperationException("being written");
    }
}
