package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * A network's file whose weights are exchanged: any style on the phone without writing a graph.
 *
 * <p>The project exports the file with a list of the places of its weights
 * (tinystyle.export.template). A copy of the file with other weights is a network as export-net
 * writes it. Beside the copy of half a megabyte, nothing is held.
 */
public final class StyleTemplate {
    private static final String FORMAT = "tinystyle-template";
    private static final int FLOAT = 4;

    private final byte[] model;
    private final int count;
    private final int[] starts;
    private final int[] offsets;
    private final int[] counts;

    private StyleTemplate(byte[] model, int count, int places) {
        this.model = model;
        this.count = count;
        starts = new int[places];
        offsets = new int[places];
        counts = new int[places];
    }

    /**
     * @param model the template's file
     * @param places its JSON, which names offset and count of each weight
     * @throws StyleException where the two do not belong together
     */
    public static StyleTemplate of(byte[] model, String places) throws StyleException {
        Map<String, Object> facts = Json.readObject(places, "template");
        if (!FORMAT.equals(facts.get("format")) || !Long.valueOf(1).equals(facts.get("version"))) {
            throw bad("is not of the format " + FORMAT + ", version 1");
        }
        if (!ModelFile.sha256(model).equals(facts.get("sha256"))) {
            throw bad("its list of weights belongs to another file; make both again");
        }
        Object list = facts.get("places");
        if (!(list instanceof List)) {
            throw bad("has no list of weights");
        }
        List<?> entries = (List<?>) list;
        int count = whole(facts, "weights", model.length / FLOAT);
        StyleTemplate template = new StyleTemplate(model, count, entries.size());
        int next = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (!(entries.get(i) instanceof Map)) {
                throw bad("has a damaged list of weights");
            }
            Map<?, ?> entry = (Map<?, ?>) entries.get(i);
            template.offsets[i] = whole(entry, "offset", model.length);
            template.counts[i] = whole(entry, "count", count - next);
            if (template.offsets[i] + FLOAT * template.counts[i] > model.length) {
                throw bad("has weights beyond its end");
            }
            template.starts[i] = next;
            next += template.counts[i];
        }
        if (next != count) {
            throw bad("lists " + next + " of its " + count + " weights");
        }
        return template;
    }

    private static int whole(Map<?, ?> facts, String key, int most) throws StyleException {
        Object value = facts.get(key);
        if (!(value instanceof Long) || (Long) value < 0 || (Long) value > most) {
            throw bad(key + " is " + value + "; allowed are 0 to " + most);
        }
        return ((Long) value).intValue();
    }

    private static StyleException bad(String what) {
        return new StyleException(StyleException.Kind.MODEL, "template: " + what);
    }

    /** Number of weights that the network has. */
    public int weightCount() {
        return count;
    }

    /**
     * The weights of a style's file: of this template, or exported with the same graph.
     *
     * @return null for other networks, such as those with regions, of half precision or another
     *     strength
     */
    public float[] weightsOf(byte[] style) {
        return new StyleWeights(model, style, offsets, counts).read();
    }

    /**
     * The file with these weights.
     *
     * @param weights in the order of the hypernetwork's output; finite
     */
    public byte[] fill(float[] weights) throws StyleException {
        if (weights.length != count) {
            throw new StyleException(
                    StyleException.Kind.MODEL,
                    weights.length + " weights were generated; the network has " + count);
        }
        for (float weight : weights) {
            if (Float.isNaN(weight) || Float.isInfinite(weight)) {
                throw new StyleException(
                        StyleException.Kind.MODEL,
                        "the hypernetwork made weights that are not numbers; it is damaged");
            }
        }
        byte[] filled = model.clone();
        ByteBuffer view = ByteBuffer.wrap(filled).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < offsets.length; i++) {
            for (int k = 0; k < counts[i]; k++) {
                view.putFloat(offsets[i] + FLOAT * k, weights[starts[i] + k]);
            }
        }
        return filled;
    }
}
