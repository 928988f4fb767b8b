package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** From an artwork to a network that paints in its style, as tinystyle.runtime.hypernetwork. */
public final class StyleGenerator {
    /** Shortest side, in pixels, at which artworks are looked at. Smaller makes finer strokes. */
    public static final int DEFAULT_STYLE_SIZE = 256;

    private static final int SMALLEST_SIZE = 64;
    private static final int LARGEST_SIZE = 1024;

    /** Shortest side, in pixels, below which a picture shows no style. */
    private static final int MIN_SIDE = 32;

    /** A longer picture is cut to its middle. */
    private static final int MAX_ASPECT = 2;

    private static final String OUTPUT = "weights";

    private final FloatSession hypernetwork;
    private final StyleTemplate template;

    /** @param hypernetwork the released one; stays the caller's to close */
    public StyleGenerator(FloatSession hypernetwork, StyleTemplate template) {
        this.hypernetwork = hypernetwork;
        this.template = template;
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
        if (styleSize < SMALLEST_SIZE || styleSize > LARGEST_SIZE) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "style size is " + styleSize + "; allowed are " + SMALLEST_SIZE + " to "
                            + LARGEST_SIZE + " px");
        }
        int shortest = Math.min(height, width);
        if (shortest < MIN_SIDE) {
            throw new StyleException(
                    StyleException.Kind.PICTURE,
                    "the style picture is " + height + "x" + width + "; its shortest side must be "
                            + "at least " + MIN_SIDE + " px to show a style");
        }
        int tall = Math.min(height, MAX_ASPECT * shortest);
        int wide = Math.min(width, MAX_ASPECT * shortest);
        double factor = (double) styleSize / shortest;
        // Python rounds halves to even, and so does this.
        int toHeight = (int) Math.rint(tall * factor);
        int toWidth = (int) Math.rint(wide * factor);
        byte[] seen = Resampler.resize(
                rgb, width, (height - tall) / 2, (width - wide) / 2, tall, wide, toHeight, toWidth);
        float[] weights = hypernetwork.run(planes(seen), toHeight, toWidth, OUTPUT);
        return template.fill(weights);
    }

    /** RGB bytes as planes of floats, 0..1. */
    private static FloatBuffer planes(byte[] rgb) {
        int pixels = rgb.length / 3;
        FloatBuffer planes = ByteBuffer.allocateDirect(4 * rgb.length)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < pixels; i++) {
                planes.put(channel * pixels + i, (rgb[3 * i + channel] & 0xff) / 255.0f);
            }
        }
        return planes;
    }
}
