package dev.tinystyle.core;

/**
 * Of which places of a line each place of a resampled one is made, and with which weights, as in
 * Pillow: antialiased where it becomes shorter, without what lies beyond the ends.
 */
final class Taps {
    /** How far a curve reaches, in pixels; there are no two of one reach. */
    static final int LINEAR = 1;

    static final int CUBIC = 2;

    private final int[] starts;
    private final double[][] weights;

    /**
     * @param from places of the line
     * @param to places of the resampled one
     * @param reach {@link #LINEAR} or {@link #CUBIC}
     */
    Taps(int from, int to, int reach) {
        starts = new int[to];
        weights = new double[to][];
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

    private static double[] weights(int first, int last, double centre, double stretch, int reach) {
        double[] found = new double[last - first];
        double sum = 0.0;
        for (int k = 0; k < found.length; k++) {
            double x = (first + k - centre + 0.5) / stretch;
            found[k] = reach == LINEAR ? Math.max(0.0, 1.0 - Math.abs(x)) : cubic(x);
            sum += found[k];
        }
        for (int k = 0; k < found.length; k++) {
            found[k] /= sum;
        }
        return found;
    }

    /** Keys' cubic with a = -1/2. */
    private static double cubic(double x) {
        double t = Math.abs(x);
        if (t < 1.0) {
            return (1.5 * t - 2.5) * t * t + 1.0;
        }
        return t < 2.0 ? ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0 : 0.0;
    }

    /** The first place of the line that a place is made of. */
    int start(int place) {
        return starts[place];
    }

    /** Weights of the places from there on; their sum is 1. */
    double[] weights(int place) {
        return weights[place];
    }
}
