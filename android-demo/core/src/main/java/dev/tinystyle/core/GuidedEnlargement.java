package dev.tinystyle.core;

/**
 * A painting carried to the size of a large photo by the fast guided filter (He and Sun 2015), as
 * tinystyle.runtime.enlargement does it.
 *
 * <p>Near each pixel of the small pictures the painting is taken as linear in the photo's luma:
 * painted = a * luma + b. The slope a comes from windows, twice averaged; b is what is left, so
 * that at the small size the painting itself comes out. Both are enlarged by bicubic resampling
 * and applied to the large photo, which has sharp edges. Strip by strip: beside the pictures,
 * nothing of their size is held.
 */
final class GuidedEnlargement {
    /** Of the windows, in pixels of the small pictures. */
    private static final int RADIUS = 3;

    /** Variance of luma, 0..1, below which an area counts as flat: there nothing is sharpened. */
    private static final double FLAT = 4e-4;

    /** Slopes are cut off here: a painting of much contrast would enlarge the photo's noise. */
    private static final double STEEPEST = 1.5;

    private static final float WHITE = 255.0f;

    /** Slopes and rests of red, green and blue. */
    private static final int PLANES = 6;

    /** Of a place of the enlarged line. */
    private static final int TAPS = 4;

    /** Fewest rows of the small pictures that are worked on at once. */
    private static final int LEAST_ROWS = 16;

    private final byte[] painted;
    private final byte[] small;
    private final int height;
    private final int width;
    private final int toWidth;
    private final Line down;
    private final Line across;

    /** Rows of the small pictures that {@link #planes} hold. */
    private final int most;

    private final float[][] planes;
    private final float[][] lines;
    private final Windows windows;
    private final double[] guide;
    private final double[] mean;
    private final double[] variance;
    private final double[] values;
    private final double[] level;
    private final double[] slope;
    private int from;
    private int to;

    /**
     * @param painted the painting of {@code small}, {@code height * width * 3} bytes
     * @param small the photo, made smaller; sides of 4 pixels at least
     * @param toHeight of the photo itself, which is larger
     * @param toWidth of the photo itself, likewise
     */
    GuidedEnlargement(
            byte[] painted, byte[] small, int height, int width, int toHeight, int toWidth) {
        this.painted = painted;
        this.small = small;
        this.height = height;
        this.width = width;
        this.toWidth = toWidth;
        down = new Line(height, toHeight);
        across = new Line(width, toWidth);
        most = Math.min(height, Math.max(LEAST_ROWS, PhotoMemory.bandRows(height, width)));
        planes = new float[PLANES][most * width];
        lines = new float[PLANES][width];
        int around = Math.min(height, most + 4 * RADIUS);
        windows = new Windows(around, width);
        guide = new double[around * width];
        mean = new double[around * width];
        variance = new double[around * width];
        values = new double[around * width];
        level = new double[around * width];
        slope = new double[around * width];
    }

    /**
     * Rows of the painting at the photo's size. Quick for rows that follow each other.
     *
     * @param top the first row
     * @param large the photo itself
     * @param result as many bytes as it has
     */
    void rows(int top, int rows, byte[] large, byte[] result) {
        for (int row = top; row < top + rows; row++) {
            int first = down.starts[row];
            if (first < from || first + TAPS > to) {
                // A strip ends where the first row that needs more begins.
                compute(first, Math.min(height, first + most));
            }
            for (int plane = 0; plane < PLANES; plane++) {
                blend(planes[plane], lines[plane], (first - from) * width, TAPS * row);
            }
            apply(large, result, 3 * toWidth * row);
        }
    }

    /** A row of an enlarged plane, of four of the small one. */
    private void blend(float[] plane, float[] line, int origin, int taps) {
        float first = down.weights[taps];
        float second = down.weights[taps + 1];
        float third = down.weights[taps + 2];
        float fourth = down.weights[taps + 3];
        int at = origin;
        for (int x = 0; x < width; x++, at++) {
            line[x] = first * plane[at] + second * plane[at + width]
                    + third * plane[at + 2 * width] + fourth * plane[at + 3 * width];
        }
    }

    private void apply(byte[] large, byte[] result, int origin) {
        float red = ColorBlend.RED / WHITE;
        float green = ColorBlend.GREEN / WHITE;
        float blue = ColorBlend.BLUE / WHITE;
        int at = origin;
        for (int x = 0; x < toWidth; x++, at += 3) {
            float luma = (large[at] & 0xff) * red + (large[at + 1] & 0xff) * green
                    + (large[at + 2] & 0xff) * blue;
            for (int channel = 0; channel < 3; channel++) {
                float rest = across.at(lines[3 + channel], x);
                float level = (across.at(lines[channel], x) * luma + rest) * WHITE + 0.5f;
                result[at + channel] = (byte) Math.max(0.0f, Math.min(WHITE, level));
            }
        }
    }

    /** Slopes and rests of rows of the small pictures, into {@link #planes}. */
    private void compute(int first, int last) {
        from = first;
        to = last;
        // A window of windows is looked at. Only rows that are not wanted see the strip's ends.
        int top = Math.max(0, first - 2 * RADIUS);
        int rows = Math.min(height, last + 2 * RADIUS) - top;
        int count = rows * width;
        double red = (double) ColorBlend.RED / WHITE;
        double green = (double) ColorBlend.GREEN / WHITE;
        double blue = (double) ColorBlend.BLUE / WHITE;
        int at = 3 * top * width;
        for (int i = 0; i < count; i++, at += 3) {
            guide[i] = (small[at] & 0xff) * red + (small[at + 1] & 0xff) * green
                    + (small[at + 2] & 0xff) * blue;
            mean[i] = guide[i];
            variance[i] = guide[i] * guide[i];
        }
        windows.average(mean, rows);
        windows.average(variance, rows);
        for (int i = 0; i < count; i++) {
            variance[i] = Math.max(0.0, variance[i] - mean[i] * mean[i]);
        }
        for (int channel = 0; channel < 3; channel++) {
            at = 3 * top * width + channel;
            for (int i = 0; i < count; i++, at += 3) {
                values[i] = (painted[at] & 0xff) / (double) WHITE;
                level[i] = values[i];
                slope[i] = values[i] * guide[i];
            }
            windows.average(level, rows);
            windows.average(slope, rows);
            for (int i = 0; i < count; i++) {
                double steep = (slope[i] - mean[i] * level[i]) / (variance[i] + FLAT);
                slope[i] = Math.max(-STEEPEST, Math.min(STEEPEST, steep));
            }
            windows.average(slope, rows);
            int skipped = (first - top) * width;
            for (int i = 0; i < (last - first) * width; i++) {
                int place = skipped + i;
                planes[channel][i] = (float) slope[place];
                planes[3 + channel][i] = (float) (values[place] - slope[place] * guide[place]);
            }
        }
    }

    /** Four neighbours of each place of an enlarged line; the weights of missing ones are 0. */
    private static final class Line {
        final int[] starts;
        final float[] weights;

        Line(int length, int toLength) {
            Taps taps = new Taps(length, toLength, Taps.CUBIC);
            starts = new int[toLength];
            weights = new float[TAPS * toLength];
            for (int i = 0; i < toLength; i++) {
                double[] exact = taps.weights(i);
                starts[i] = Math.min(taps.start(i), length - TAPS);
                int skipped = taps.start(i) - starts[i];
                // A fifth one, where a place falls on another, has no weight.
                for (int k = 0; k < Math.min(exact.length, TAPS - skipped); k++) {
                    weights[TAPS * i + skipped + k] = (float) exact[k];
                }
            }
        }

        float at(float[] line, int place) {
            int start = starts[place];
            int taps = TAPS * place;
            return weights[taps] * line[start] + weights[taps + 1] * line[start + 1]
                    + weights[taps + 2] * line[start + 2] + weights[taps + 3] * line[start + 3];
        }
    }

    /** Means over windows that are cut off at the edges. */
    private static final class Windows {
        private final int width;
        private final double[] sums;

        Windows(int most, int width) {
            this.width = width;
            sums = new double[Math.max(most, width) + 1];
        }

        /** Of a plane of so many rows, in place. */
        void average(double[] plane, int rows) {
            for (int row = 0; row < rows; row++) {
                line(plane, row * width, 1, width);
            }
            for (int column = 0; column < width; column++) {
                line(plane, column, width, rows);
            }
        }

        private void line(double[] plane, int origin, int step, int length) {
            for (int k = 0; k < length; k++) {
                sums[k + 1] = sums[k] + plane[origin + k * step];
            }
            for (int k = 0; k < length; k++) {
                int first = Math.max(0, k - RADIUS);
                int last = Math.min(length, k + RADIUS + 1);
                plane[origin + k * step] = (sums[last] - sums[first]) / (last - first);
            }
        }
    }
}
