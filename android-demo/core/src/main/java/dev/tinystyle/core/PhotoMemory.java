package dev.tinystyle.core;

/** How much of a photo a device's memory holds. */
public final class PhotoMemory {
    /** 16 megapixels, whatever the memory. */
    public static final int MAX_PIXELS = 1 << 24;

    /**
     * Of Java's heap, per pixel: the photo, its painting, and the two buffers of the session, which
     * Android counts as heap although they are direct, three bytes each; and transparency, one.
     * Where a photo is painted at more than three quarters of its size and enlarged, there are
     * three more for a moment: the quarter of the heap that is left holds them.
     */
    private static final int HEAP_BYTES = 13;

    /**
     * What onnxruntime took per pixel of one painting, on a computer, up to 12 megapixels. Tiles
     * take no more: 121 a pixel of the tile that is computed, as their sessions reserve no memory
     * beside what the first run took (224 otherwise).
     */
    private static final int RUN_BYTES = 170;

    /** Pixels that are blended at once when a painting is written. */
    private static final int BAND_PIXELS = 1 << 17;

    private PhotoMemory() {}

    /**
     * Most pixels of a photo that is read: for three quarters of the heap that is left.
     *
     * @param freeHeap bytes that Java's heap may still grow by, and those that are free in it
     */
    public static int readable(long freeHeap) {
        return within(freeHeap / 4 * 3 / HEAP_BYTES);
    }

    /**
     * Most pixels that are painted at once: for half of the memory that is free.
     *
     * @param freeMemory bytes that the system has left before it ends apps
     */
    public static int paintable(long freeMemory) {
        return within(freeMemory / 2 / RUN_BYTES);
    }

    private static int within(long pixels) {
        return (int) Math.max(PaintPlan.MIN_PIXELS, Math.min(MAX_PIXELS, pixels));
    }

    /** Rows of a picture that are worked on at once, however wide it is. */
    public static int bandRows(int height, int width) {
        return Math.max(1, Math.min(height, BAND_PIXELS / width));
    }
}
