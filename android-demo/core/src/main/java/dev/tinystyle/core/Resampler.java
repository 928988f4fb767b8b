package dev.tinystyle.core;

/**
 * Resampling of bytes as Pillow's {@code Image.resize}: antialiased, columns first, rows then,
 * rounded to bytes between.
 */
public final class Resampler {
    /** Of the weights: those of a pixel add up to 2^22. */
    private static final int BITS = 22;

    private Resampler() {}

    /**
     * A rectangle of a picture, antialiased bicubic.
     *
     * @param rgb {@code pictureWidth * 3} bytes a row
     * @param top first row of the rectangle
     * @param left first column of the rectangle
     * @param height rows of the rectangle
     * @param width columns of the rectangle
     * @return {@code toHeight * toWidth * 3} bytes
     */
    public static byte[] resize(
            byte[] rgb, int pictureWidth, int top, int left, int height, int width, int toHeight,
            int toWidth) {
        return resample(
                rgb, 3, pictureWidth, top, left, height, width, toHeight, toWidth, Taps.CUBIC);
    }

    /**
     * A whole plane, antialiased bicubic.
     *
     * @param values {@code height * width} bytes
     * @return {@code toHeight * toWidth} bytes
     */
    public static byte[] resizePlane(
            byte[] values, int height, int width, int toHeight, int toWidth) {
        return resample(values, 1, width, 0, 0, height, width, toHeight, toWidth, Taps.CUBIC);
    }

    /**
     * A whole picture of RGB bytes, bilinear: without the overshoot of a cubic.
     *
     * @param rgb {@code height * width * 3} bytes
     * @return {@code toHeight * toWidth * 3} bytes
     */
    static byte[] resizeLinearly(byte[] rgb, int height, int width, int toHeight, int toWidth) {
        return resample(rgb, 3, width, 0, 0, height, width, toHeight, toWidth, Taps.LINEAR);
    }

    private static byte[] resample(
            byte[] values, int channels, int pictureWidth, int top, int left, int height,
            int width, int toHeight, int toWidth, int reach) {
        WholeTaps across = new WholeTaps(width, toWidth, reach);
        byte[] narrow = new byte[height * toWidth * channels];
        for (int row = 0; row < height; row++) {
            int from = ((top + row) * pictureWidth + left) * channels;
            for (int column = 0; column < toWidth; column++) {
                for (int channel = 0; channel < channels; channel++) {
                    narrow[(row * toWidth + column) * channels + channel] =
                            across.at(column, values, from + channel, channels);
                }
            }
        }
        if (height == toHeight) {
            return narrow;
        }
        WholeTaps down = new WholeTaps(height, toHeight, reach);
        int line = toWidth * channels;
        byte[] result = new byte[toHeight * line];
        for (int row = 0; row < toHeight; row++) {
            for (int i = 0; i < line; i++) {
                result[row * line + i] = down.at(row, narrow, i, line);
            }
        }
        return result;
    }

    /** Weights along one axis, as whole numbers. */
    private static final class WholeTaps {
        private final int[] starts;
        private final int[][] weights;

        WholeTaps(int from, int to, int reach) {
            Taps taps = new Taps(from, to, reach);
            starts = new int[to];
            weights = new int[to][];
            for (int i = 0; i < to; i++) {
                starts[i] = taps.start(i);
                weights[i] = whole(taps.weights(i));
            }
        }

        private static int[] whole(double[] exact) {
            int[] whole = new int[exact.length];
            for (int k = 0; k < exact.length; k++) {
                whole[k] = (int) Math.round(exact[k] * (1 << BITS));
            }
            return whole;
        }

        byte at(int index, byte[] values, int origin, int step) {
            int[] own = weights[index];
            long sum = 1L << BITS - 1;
            int place = origin + starts[index] * step;
            for (int weight : own) {
                sum += (long) (values[place] & 0xff) * weight;
                place += step;
            }
            int value = (int) (sum >> BITS);
            return (byte) (value < 0 ? 0 : Math.min(value, 255));
        }
    }
}
