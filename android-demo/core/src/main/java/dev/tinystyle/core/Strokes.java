package dev.tinystyle.core;

/**
 * How large the strokes of a photo are: the default of tinystyle.runtime.enlargement, or the
 * network's own.
 */
public enum Strokes {
    /** A photo above about two megapixels looks as it would with one; smaller ones as fine. */
    AS_PREVIEW,
    /** As fine as the network paints them, whatever the size. */
    FINE;

    /** Pixels of a photo up to which strokes are left as the network paints them: Full HD is. */
    private static final double MOST_AS_IT_IS = 2.1e6;

    /** Pixels at which larger ones are painted. */
    private static final double PREVIEW = 1e6;

    /**
     * Height and width at which a photo is painted, in pixels: its own or smaller. Then no side is
     * shorter than networks take.
     */
    public int[] painted(int height, int width) {
        double pixels = (double) height * width;
        if (this == FINE || pixels <= MOST_AS_IT_IS) {
            return new int[] {height, width};
        }
        double least = (double) SessionSettings.MIN_SIDE / Math.min(height, width);
        double factor = Math.min(1.0, Math.max(Math.sqrt(PREVIEW / pixels), least));
        // Python rounds halves to even, and so does this.
        return new int[] {(int) Math.rint(height * factor), (int) Math.rint(width * factor)};
    }
}
