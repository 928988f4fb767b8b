package dev.tinystyle.ort;

import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.StyleException;
import java.nio.FloatBuffer;
import java.util.Collections;

/** The hypernetwork. Tensors are made for each run: there is one for each style that is made. */
final class OrtFloatSession extends OrtNetwork implements FloatSession {
    // Of tinystyle.runtime.hypernetwork.
    private static final String INPUT = "style";
    private static final int CHANNELS = 3;

    OrtFloatSession(String label) {
        super(label);
    }

    void open(byte[] model, int threads) throws StyleException {
        open(model, Provider.CPU, threads, Collections.<String, Integer>emptyMap());
    }

    @Override
    void accept() throws StyleException {
        if (!takes(1) || !takes(INPUT, FloatBuffer.class)) {
            throw unfit("is not a hypernetwork");
        }
    }

    @Override
    public float[] run(FloatBuffer picture, int height, int width, String output)
            throws StyleException {
        FloatBuffer values = picture.duplicate();
        values.position(0);
        values.limit(CHANNELS * height * width);
        return run(INPUT, values, new long[] {1, CHANNELS, height, width}, output);
    }
}
