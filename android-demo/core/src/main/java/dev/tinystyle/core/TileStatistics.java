package dev.tinystyle.core;

import java.nio.FloatBuffer;

/**
 * Means and variances of a norm's channels over tiles, in double precision (Chan, Golub and LeVeque
 * 1979), as tinystyle.runtime.tiles.statistics.
 */
final class TileStatistics {
    private final int channels;
    private final double[] places;
    private final double[] mean;
    private final double[] variance;

    TileStatistics(int channels) {
        this.channels = channels;
        places = new double[channels];
        mean = new double[channels];
        variance = new double[channels];
    }

    /** @param measured of a tile, as of {@link TileSession#measured} */
    void add(FloatBuffer measured) {
        for (int k = 0; k < channels; k++) {
            double count = measured.get(2 * channels + k);
            places[k] += count;
            double share = count / places[k];
            double apart = measured.get(k) - mean[k];
            double more = measured.get(channels + k) - variance[k];
            variance[k] += share * more + share * (1.0 - share) * apart * apart;
            mean[k] += share * apart;
        }
    }

    /**
     * Writes them to where all norms' statistics are.
     *
     * @param statistics as of {@link TileSession#statistics}
     * @param first of its channels that are these
     */
    void fill(float[] statistics, int first) throws StyleException {
        int all = statistics.length / 2;
        for (int k = 0; k < channels; k++) {
            float middle = (float) mean[k];
            float spread = (float) variance[k];
            if (Float.isNaN(middle + spread) || Float.isInfinite(middle + spread)) {
                throw new StyleException(
                        StyleException.Kind.MODEL,
                        "the network's statistics are not numbers; it is damaged");
            }
            statistics[first + k] = middle;
            statistics[all + first + k] = spread;
        }
    }
}
