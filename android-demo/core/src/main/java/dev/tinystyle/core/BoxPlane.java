package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * Rows of a plane of bytes, averaged down over boxes. Makes its tables when the geometry changes
 * and allocates nothing after that.
 */
final class BoxPlane {
    /** Bits that {@link #values} have below the unit: sums are rounded once, at the end. */
    static final int BITS = 2;

    /** Weights of a box add up to this. */
    private static final int WHOLE = 1 << 12;

    /** Of the product of two weights, less what {@link #values} keep. */
    private static final int SHIFT = 24 - BITS;

    /** The row that was asked for last; 0 to 255 times 2^BITS. */
    int[] values = new int[0];

    private byte[] line = new byte[0];
    private int[] sums = new int[0];
    private Boxes across = new Boxes();
    private Boxes down = new Boxes();
    private int rowStride;
    private int pixelStride;
    private int samples;
    private int halved;

    /** Where the plane's samples lie. {@code halved} is 1 for chroma, 0 for luma. */
    void prepare(int rowStride, int pixelStride, int samples, int halved) {
        this.rowStride = rowStride;
        this.pixelStride = pixelStride;
        this.halved = halved;
        if (this.samples != samples || line.length != (samples - 1) * pixelStride + 1) {
            this.samples = samples;
            line = new byte[(samples - 1) * pixelStride + 1];
            sums = new int[samples];
        }
    }

    /** The rectangle, in pixels of the picture, that is averaged to rows x columns. */
    void cut(int top, int left, int height, int width, int rows, int columns) {
        down.prepare(top, height, rows, halved);
        across.prepare(left, width, columns, halved);
        if (values.length != columns) {
            values = new int[columns];
        }
    }

    /** Computes a row into {@link #values}. */
    void row(ByteBuffer plane, int row) {
        int first = down.starts[row];
        int last = down.starts[row + 1];
        if (down.single && across.single) {
            read(plane, down.samples[first]);
            for (int column = 0; column < values.length; column++) {
                values[column] = (line[across.samples[column] * pixelStride] & 0xff) << BITS;
            }
            return;
        }
        for (int i = 0; i < samples; i++) {
            sums[i] = 0;
        }
        for (int k = first; k < last; k++) {
            read(plane, down.samples[k]);
            int weight = down.weights[k];
            for (int i = 0; i < samples; i++) {
                sums[i] += (line[i * pixelStride] & 0xff) * weight;
            }
        }
        average();
    }

    private void average() {
        int[] starts = across.starts;
        for (int column = 0; column < values.length; column++) {
            long sum = 0;
            for (int k = starts[column]; k < starts[column + 1]; k++) {
                sum += (long) sums[across.samples[k]] * across.weights[k];
            }
            values[column] = (int) (sum + (1 << SHIFT - 1) >> SHIFT);
        }
    }

    private void read(ByteBuffer plane, int row) {
        plane.position(row * rowStride);
        plane.get(line, 0, line.length);
    }

    /** Which samples a row or column of the result is averaged of, and with which weights. */
    private static final class Boxes {
        private int first = -1;
        private int length = -1;
        private int shift = -1;

        /** Box i is made of the entries starts[i] to starts[i + 1]. */
        int[] starts = new int[1];

        int[] samples = new int[0];
        int[] weights = new int[0];

        /** Whether each box is one sample, so that entry i is that of box i. */
        boolean single;

        void prepare(int first, int length, int count, int shift) {
            if (this.first == first && this.length == length && starts.length == count + 1
                    && this.shift == shift) {
                return;
            }
            this.first = first;
            this.length = length;
            this.shift = shift;
            single = length <= count;
            starts = new int[count + 1];
            int most = count * ((length + count - 1) / count + 2);
            samples = new int[most];
            weights = new int[most];
            int used = 0;
            for (int i = 0; i < count; i++) {
                used = box(i, count, used);
                starts[i + 1] = used;
            }
        }

        private int box(int i, int count, int from) {
            double low = (double) i * length / count;
            double high = (double) (i + 1) * length / count;
            int used = from;
            if (single) {
                // Nothing to average: the sample under the middle.
                samples[used] = first + (int) ((low + high) / 2) >> shift;
                weights[used] = WHOLE;
                return used + 1;
            }
            int left = WHOLE;
            int largest = used;
            for (int at = (int) low; at < high && at < length; at++) {
                double part = Math.min(at + 1, high) - Math.max(at, low);
                int weight = (int) Math.round(WHOLE * part / (high - low));
                if (weight == 0) {
                    continue;
                }
                samples[used] = first + at >> shift;
                weights[used] = weight;
                largest = weight > weights[largest] ? used : largest;
                left -= weight;
                used++;
            }
            weights[largest] += left; // so that a flat picture stays as it is
            return used;
        }
    }
}
