package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The weights in a style's file, where it is the network of a template and nothing else: compared
 * field by field, but for names, notes and the weights themselves.
 */
final class StyleWeights {
    // Fields of ONNX's messages (onnx.proto of version 1.0 and later).
    private static final int MODEL_IR_VERSION = 1;
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPSET = 8;
    private static final int MODEL_FUNCTIONS = 25;
    private static final int GRAPH_NAME = 2;
    private static final int GRAPH_WEIGHT = 5;
    private static final int TENSOR_DATA = 9;

    private static final int FLOAT = 4;

    private final byte[] template;
    private final byte[] model;
    private final int[] offsets;
    private final int[] counts;

    /** Where the template's weights are found in the model. */
    private final int[] found;

    /**
     * @param offsets of the template's weights, in bytes
     * @param counts of them, in floats
     */
    StyleWeights(byte[] template, byte[] model, int[] offsets, int[] counts) {
        this.template = template;
        this.model = model;
        this.offsets = offsets;
        this.counts = counts;
        found = new int[offsets.length];
    }

    /** The weights, one after another; null where the model is another network. */
    float[] read() {
        try {
            if (!sameModel()) {
                return null;
            }
        } catch (StyleException damaged) {
            return null; // it says what is wrong when it is opened
        }
        int count = 0;
        for (int each : counts) {
            count += each;
        }
        float[] weights = new float[count];
        ByteBuffer view = ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN);
        int next = 0;
        for (int place = 0; place < found.length; place++) {
            if (found[place] == 0) {
                return null;
            }
            for (int k = 0; k < counts[place]; k++) {
                weights[next++] = view.getFloat(found[place] + FLOAT * k);
            }
        }
        return weights;
    }

    private boolean sameModel() throws StyleException {
        ProtoFields ours = new ProtoFields(template, 0, template.length);
        ProtoFields theirs = new ProtoFields(model, 0, model.length);
        while (step(ours)) {
            boolean same = step(theirs) && ours.number() == theirs.number()
                    && (ours.number() == MODEL_GRAPH
                            ? sameGraph(ours.inside(), theirs.inside()) : ours.equal(theirs));
            if (!same) {
                return false;
            }
        }
        return !step(theirs);
    }

    /** Goes on to the next field that says what is computed. */
    private static boolean step(ProtoFields fields) throws StyleException {
        while (fields.next()) {
            switch (fields.number()) {
                case MODEL_IR_VERSION:
                case MODEL_GRAPH:
                case MODEL_OPSET:
                case MODEL_FUNCTIONS:
                    return true;
                default:
                    // Who wrote it, and of what.
            }
        }
        return false;
    }

    private boolean sameGraph(ProtoFields ours, ProtoFields theirs) throws StyleException {
        while (ours.next()) {
            if (!theirs.next() || ours.number() != theirs.number()) {
                return false;
            }
            boolean same = ours.equal(theirs) || ours.number() == GRAPH_NAME;
            if (ours.number() == GRAPH_WEIGHT) {
                same = sameTensor(ours.inside(), theirs.inside(), same);
            }
            if (!same) {
                return false;
            }
        }
        return !theirs.next();
    }

    /** @param equal whether the two are the same, data included */
    private boolean sameTensor(ProtoFields ours, ProtoFields theirs, boolean equal)
            throws StyleException {
        while (ours.next()) {
            if (!theirs.next() || ours.number() != theirs.number()) {
                return false;
            }
            int place = ours.number() == TENSOR_DATA ? placeAt(ours.content()) : -1;
            boolean fits = ours.end() - ours.content() == theirs.end() - theirs.content();
            if (place >= 0 && fits) {
                found[place] = theirs.content();
            } else if (!equal && !ours.equal(theirs)) {
                return false;
            }
        }
        return !theirs.next();
    }

    /** The weight whose data begin there; -1 for none. */
    private int placeAt(int offset) {
        for (int place = 0; place < offsets.length; place++) {
            if (offsets[place] == offset) {
                return place;
            }
        }
        return -1;
    }
}
