package dev.tinystyle.core;

/**
 * Resampling of bytes as Pillow's {@code Image.resize}: antialiased, columns first, rows then,
 * rounded to bytes between.
 */
public final class Resampler {
    /** Of the weights: those of a pixel add up to 2^22. */
    private static final int BITS = 22;

    /** How far a curve reaches, in pixels; there are no two of one reach. */
    private static final int LINEAR = 1;

    private static final int CUBIC = 2;

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
                rgb, 3, pictureWidth, top, left, height, width, toHeight, toWidth, CUBIC);
    }

    /**
     * A whole plane, antialiased bicubic.
     *
     * @param values {@code height * width} bytes
     * @return {@code toHeight * toWidth} bytes
     */
    public static byte[] resizePlane(
            byte[] values, int height, int width, int toHeight, int toWidth) {
        return resample(values, 1, width, 0, 0, height, width, toHeight, toWidth, CUBIC);
    }

    /**
     * A whole picture of RGB bytes, bilinear: without the overshoot of a cubic.
     *
     * @param rgb {@code height * width * 3} bytes
     * @return {@code toHeight * toWidth * 3} bytes
     */
    static byte[] resizeLinearly(byte[] rgb, int height, int width, int toHeight, int toWidth) {
        return resample(rgb, 3, width, 0, 0, height, width, toHeight, toWidth, LINEAR);
    }

    private static byte[] resample(
            byte[] values, int channels, int pictureWidth, int top, int left, int height,
            int width, int toHeight, int toWidth, int reach) {
        Taps across = new Taps(width, toWidth, reach);
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
        Taps down = new Taps(height, toHeight, reach);
        int line = toWidth * channels;
        byte[] result = new byte[toHeight * line];
        for (int row = 0; row < toHeight; row++) {
            for (int i = 0; i < line; i++) {
                result[row * line + i] = down.at(row, narrow, i, line);
            }
        }
        return result;
    }

    /** Weights along one axis. */
    private static final class Taps {
        private final int[] starts;
        private final int[][] weights;

        Taps(int from, int to, int reach) {
            starts = new int[to];
            weights = new int[to][];
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1.0);
            double support = reach * stretch;
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                int first = Math.max((int) (centre - support + 0.5), 0);
                int last = Math.min((int) (centre + support + 0.5), from);
                starts[i] = first;
                weights[i] = weights(first, last, centre, stretch, reach);
            }
        }

        private static int[] weights(
                int first, int last, double centre, double stretch, int reach) {
            double[] exact = new double[last - first];
            double sum = 0.0;
            for (int k = 0; k < exact.length; k++) {
                double x = (first + k - centre + 0.5) / stretch;
                exact[k] = reach == LINEAR ? Math.max(0.0, 1.0 - Math.abs(x)) : cubic(x);
                sum += exact[k];
            }
            int[] whole = new int[exact.length];
            for (int k = 0; k < exact.length; k++) {
                whole[k] = (int) Math.round(exact[k] / sum * (1 << BITS));
            }
            return whole;
        }

        /** Keys' cubic with a = -1/2. */
        private static double cubic(double x) {
            double t = Math.abs(x);
            if (t < 1.0) {
                return (1.5 * t - 2.5) * t * t + 1.0;
            }
            return t < 2.0 ? ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0 : 0.0;
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
