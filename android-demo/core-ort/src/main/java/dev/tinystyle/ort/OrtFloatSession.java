package dev.tinystyle.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.StyleException;
import java.nio.FloatBuffer;
import java.util.Collections;

/** Tensors are made for each run: there is one for each style that the user picks. */
final class OrtFloatSession implements FloatSession {
    private final OrtEnvironment environment;
    private final OrtSession.SessionOptions options;
    private final OrtSession session;
    private final String label;
    private boolean closed;

    OrtFloatSession(
            OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session,
            String label) {
        this.environment = environment;
        this.options = options;
        this.session = session;
        this.label = label;
    }

    @Override
    public float[] run(FloatBuffer picture, int height, int width, String output)
            throws StyleException {
        FloatBuffer values = picture.duplicate();
        values.position(0);
        values.limit(OrtSessions.CHANNELS * height * width);
        try {
            OnnxTensor style = OnnxTensor.createTensor(
                    environment, values, new long[] {1, OrtSessions.CHANNELS, height, width});
            try {
                OrtSession.Result result = session.run(
                        Collections.singletonMap(OrtSessions.STYLE_INPUT, style),
                        Collections.singleton(output));
                try {
                    FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
                    float[] row = new float[found.remaining()];
                    found.get(row);
                    return row;
                } finally {
                    result.close();
                }
            } finally {
                style.close();
            }
        } catch (OrtException error) {
            throw new StyleException(
                    StyleException.Kind.MODEL,
                    label + ": cannot look at a style of " + height + "x" + width + " ("
                            + OrtSessions.reason(error) + ")",
                    error);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            OrtSessions.close(session, options);
        }
    }
}
