package dev.tinystyle.core;

/**
 * A network's file whose weights are exchanged: any style on the phone without writing a graph.
 *
 * <p>The project exports the file with a list of the places of its weights (tinystyle.export.template).
 * A copy of the file with other weights is a network as export-net writes it.
 */
public final class StyleTemplate {
    /**
     * @param model the template's file
     * @param places its JSON, which names offset and count of each weight
     * @throws StyleException where the two do not belong together
     */
    public static StyleTemplate of(byte[] model, String places) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /** Number of weights that the network has. */
    public int weightCount() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The file with these weights.
     *
     * @param weights in the order of the hypernetwork's output; finite
     */
    public byte[] fill(float[] weights) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
