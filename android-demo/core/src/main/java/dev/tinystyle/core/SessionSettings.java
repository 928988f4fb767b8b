package dev.tinystyle.core;

/** How a network is run. Immutable. */
public final class SessionSettings {
    /** Smallest side that the networks take, in pixels. */
    public static final int MIN_SIDE = 64;

    /** Largest side that a session is made for, in pixels. */
    public static final int MAX_SIDE = 8192;

    /** Most pixels that a session is made for. */
    public static final long MAX_PIXELS = 1L << 24;

    /** Most threads that may be asked for. */
    public static final int MAX_THREADS = 64;

    private final Provider provider;
    private final int threads;
    private final int height;
    private final int width;

    /**
     * @param threads inside an operator; 0 lets the runtime decide
     * @param height of the pictures, in pixels
     * @param width of the pictures, in pixels
     */
    public SessionSettings(Provider provider, int threads, int height, int width)
            throws StyleException {
        if (threads < 0 || threads > MAX_THREADS) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "threads is " + threads + "; allowed are 0 (automatic) to " + MAX_THREADS);
        }
        if (Math.min(height, width) < MIN_SIDE || Math.max(height, width) > MAX_SIDE
                || (long) height * width > MAX_PIXELS) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "size is " + height + "x" + width + "; each side may be " + MIN_SIDE + " to "
                            + MAX_SIDE + " px, and " + MAX_PIXELS + " pixels in all");
        }
        this.provider = provider;
        this.threads = threads;
        this.height = height;
        this.width = width;
    }

    public Provider provider() {
        return provider;
    }

    public int threads() {
        return threads;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }
}
