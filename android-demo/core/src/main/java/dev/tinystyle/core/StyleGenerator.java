package dev.tinystyle.core;

/** From an artwork's pixels to a network that paints in its style: tinystyle.runtime.hypernetwork. */
public final class StyleGenerator {
    /** Shortest side, in pixels, at which artworks are looked at. Smaller makes finer strokes. */
    public static final int DEFAULT_STYLE_SIZE = 256;

    /** @param hypernetwork the released one; stays the caller's to close */
    public StyleGenerator(FloatSession hypernetwork, StyleTemplate template) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The file of a network, for {@link SessionFactory#open}.
     *
     * @param rgb the artwork, {@code height * width * 3} bytes
     * @param styleSize 64 to 1024
     * @throws StyleException where the artwork is smaller than 32 pixels
     */
    public byte[] generate(byte[] rgb, int height, int width, int styleSize)
            throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
