package dev.tinystyle.ort;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Tensors over two direct buffers, made once; a run writes into the second. */
final class OrtStyleSession implements StyleSession {
    private final OrtSession.SessionOptions options;
    private final OrtSession session;
    private final SessionSettings settings;
    private final List<String> providers;
    private final String label;
    private final OnnxTensor photograph;
    private final OnnxTensor painting;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;
    private ByteBuffer input;
    private ByteBuffer output;

    OrtStyleSession(
            OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session,
            SessionSettings settings, List<String> providers, String label)
            throws OrtException {
        this.options = options;
        this.session = session;
        this.settings = settings;
        this.providers = Collections.unmodifiableList(providers);
        this.label = label;
        int bytes = settings.height() * settings.width() * OrtSessions.CHANNELS;
        long[] shape = OrtSessions.shape(settings.height(), settings.width());
        input = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        output = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        photograph = OnnxTensor.createTensor(environment, input, shape, OnnxJavaType.UINT8);
        painting = OnnxTensor.createTensor(environment, output, shape, OnnxJavaType.UINT8);
        inputs = Collections.singletonMap(OrtSessions.INPUT, photograph);
        outputs = Collections.singletonMap(OrtSessions.OUTPUT, painting);
    }

    @Override
    public int height() {
        return settings.height();
    }

    @Override
    public int width() {
        return settings.width();
    }

    @Override
    public List<String> providers() {
        return providers;
    }

    @Override
    public ByteBuffer input() {
        return input;
    }

    @Override
    public ByteBuffer output() {
        return output;
    }

    @Override
    public void run() throws StyleException {
        try {
            session.run(inputs, outputs).close();
        } catch (OrtException error) {
            throw new StyleException(
                    StyleException.Kind.MODEL,
                    label + ": cannot paint " + height() + "x" + width() + " ("
                            + OrtSessions.reason(error) + "); a smaller picture may help",
                    error);
        }
    }

    @Override
    public void close() {
        if (input == null) {
            return;
        }
        OrtSessions.close(session, options);
        photograph.close();
        painting.close();
        input = null;
        output = null;
    }
}
