package dev.tinystyle.core;

import java.util.Arrays;

/** Statistics of raw times. */
public final class Statistics {
    private Statistics() {}

    /**
     * Percentile with linear interpolation, as numpy's default.
     *
     * @param values at least one, finite, in any order; left as they are
     * @param percent 0 to 100
     */
    public static double percentile(double[] values, double percent) {
        if (values.length == 0 || !(percent >= 0.0 && percent <= 100.0)) {
            throw new IllegalArgumentException(
                    "percentile " + percent + " of " + values.length + " values");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double position = percent / 100.0 * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        double share = position - below;
        double step = sorted[above] - sorted[below];
        // As numpy does it: from the nearer end, so that neither end is overshot by rounding.
        return share < 0.5
                ? sorted[below] + step * share
                : sorted[above] - step * (1.0 - share);
    }

    /** The middle value, or the mean of the two in the middle. */
    public static double median(double[] values) {
        return percentile(values, 50.0);
    }

    /** Arithmetic mean of at least one value. */
    public static double mean(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("mean of no values");
        }
        double sum = 0.0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
