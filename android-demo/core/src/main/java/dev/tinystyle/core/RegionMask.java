package dev.tinystyle.core;

import java.nio.ByteBuffer;

/** Which region of a network each pixel of a photo is of: what a mask says, or none. Immutable. */
public final class RegionMask {
    /** Greys below it are labels, as in tinystyle.pictures.masks. */
    private static final int DARK = 32;

    /** How far JPEG moves black and white, and how far its greys are from grey. */
    private static final int SPREAD = 16;

    private static final int MIDDLE = 128;

    /** Fewest pixels, of a hundred, that are black or white: else it is a photograph. */
    private static final int EVEN = 70;

    private final byte[] labels;
    private final int height;
    private final int width;

    private RegionMask(byte[] labels, int height, int width) {
        this.labels = labels;
        this.height = height;
        this.width = width;
    }

    /**
     * Of a mask's picture: greys below 32 are labels, else black is region 0 and white is region 1.
     *
     * @param rgb {@code height * width * 3} bytes
     * @param changed whether decoding has changed pixels: made fewer of them, or filled holes
     * @throws StyleException for a picture that is neither
     */
    public static RegionMask of(byte[] rgb, int height, int width, boolean changed)
            throws StyleException {
        byte[] labels = new byte[height * width];
        int lightest = 0;
        int spread = 0;
        int even = 0;
        for (int i = 0; i < labels.length; i++) {
            int red = rgb[3 * i] & 0xff;
            int green = rgb[3 * i + 1] & 0xff;
            int blue = rgb[3 * i + 2] & 0xff;
            int most = Math.max(red, Math.max(green, blue));
            int least = Math.min(red, Math.min(green, blue));
            lightest = Math.max(lightest, most);
            spread = Math.max(spread, most - least);
            even += most <= SPREAD || least >= 0xff - SPREAD ? 1 : 0;
            labels[i] = (byte) green;
        }
        if (spread == 0 && lightest < DARK) {
            if (changed) {
                throw bad("holds labels, but has too many pixels or transparent ones, which "
                        + "changes them; make it smaller, or black and white");
            }
            return new RegionMask(labels, height, width);
        }
        if (spread > 2 * SPREAD) {
            throw bad("has colours");
        }
        if (100L * even < (long) EVEN * labels.length) {
            throw bad("has " + 100L * even / labels.length + " % of black and white pixels, fewer "
                    + "than " + EVEN + ", as a photograph");
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) ((labels[i] & 0xff) < MIDDLE ? 0 : 1);
        }
        return new RegionMask(labels, height, width);
    }

    private static StyleException bad(String what) {
        return new StyleException(
                StyleException.Kind.PICTURE,
                "the mask " + what + "; needed is a picture of labels, greys 0 to 7, or a black "
                        + "and white one: black is the first region, white the second");
    }

    /** Raises an error for a photo of another ratio. A pixel is what rounding makes of one. */
    public void requireFit(int photoHeight, int photoWidth) throws StyleException {
        double wide = (double) photoWidth * height / photoHeight;
        double tall = (double) photoHeight * width / photoWidth;
        if (Math.abs(width - wide) > 1.0 && Math.abs(height - tall) > 1.0) {
            throw new StyleException(
                    StyleException.Kind.PICTURE,
                    "the mask is " + height + "x" + width + ", the photo " + photoHeight + "x"
                            + photoWidth + ": another ratio; draw it over the photo");
        }
    }

    /**
     * Labels for a picture of this size: the nearest one each, none is made between two.
     *
     * @param target {@code toHeight * toWidth} bytes, from position 0
     */
    public void fill(ByteBuffer target, int toHeight, int toWidth) {
        target.clear();
        byte[] row = new byte[toWidth];
        for (int y = 0; y < toHeight; y++) {
            int from = nearest(y, toHeight, height) * width;
            for (int x = 0; x < toWidth; x++) {
                row[x] = labels[from + nearest(x, toWidth, width)];
            }
            target.put(row);
        }
        target.clear();
    }

    private static int nearest(int at, int count, int of) {
        return (int) ((2L * at + 1) * of / (2L * count));
    }
}
