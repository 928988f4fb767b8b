package dev.tinystyle.core;

/**
 * Antialiased bicubic resampling of RGB bytes, as Pillow's {@code Image.resize(BICUBIC)}: columns
 * first, rows then, rounded to bytes between.
 */
public final class Resampler {
    /** Of the weights: those of a pixel add up to 2^22. */
    private static final int BITS = 22;

    private Resampler() {}

    /**
     * A rectangle of a picture, resampled.
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
        Taps across = new Taps(width, toWidth);
        byte[] narrow = new byte[height * toWidth * 3];
        for (int row = 0; row < height; row++) {
            int from = ((top + row) * pictureWidth + left) * 3;
            for (int column = 0; column < toWidth; column++) {
                for (int channel = 0; channel < 3; channel++) {
                    narrow[(row * toWidth + column) * 3 + channel] =
                            across.at(column, rgb, from + channel, 3);
                }
            }
        }
        if (height == toHeight) {
            return narrow;
        }
        Taps down = new Taps(height, toHeight);
        byte[] result = new byte[toHeight * toWidth * 3];
        int line = toWidth * 3;
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

        Taps(int from, int to) {
            starts = new int[to];
            weights = new int[to][];
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1.0);
            double support = 2.0 * stretch;
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                int first = Math.max((int) (centre - support + 0.5), 0);
                int last = Math.min((int) (centre + support + 0.5), from);
                starts[i] = first;
                weights[i] = weights(first, last, centre, stretch);
            }
        }

        private static int[] weights(int first, int last, double centre, double stretch) {
            double[] exact = new double[last - first];
            double sum = 0.0;
            for (int k = 0; k < exact.length; k++) {
                exact[k] = cubic((first + k - centre + 0.5) / stretch);
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
