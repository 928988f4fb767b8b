package dev.tinystyle.ort;

import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two direct buffers, made once; a run reads the one and writes the other. */
final class OrtStyleSession extends OrtNetwork implements StyleSession {
    // Names of tinystyle.network.manifest and tinystyle.export.onnx_writer.emitter.
    private static final String INPUT = "image";
    private static final String MASK = "mask";
    private static final String OUTPUT = "stylized";
    private static final int CHANNELS = 3;

    private final SessionSettings settings;
    private final List<String> providers;
    private ByteBuffer input;
    private ByteBuffer mask;
    private ByteBuffer output;

    OrtStyleSession(String label, SessionSettings settings) {
        super(label);
        this.settings = settings;
        String preferred = settings.provider().label();
        providers = settings.provider() == Provider.CPU
                ? Collections.singletonList(preferred)
                : Collections.unmodifiableList(Arrays.asList(preferred, Provider.CPU.label()));
    }

    /**
     * Opens it for one size: onnxruntime then plans its memory once, and the providers for phones
     * take operators that they refuse where sizes are free.
     */
    void open(byte[] model) throws StyleException {
        Map<String, Integer> sizes = new HashMap<String, Integer>();
        sizes.put("batch", 1);
        sizes.put("height", height());
        sizes.put("width", width());
        open(model, settings.provider(), settings.threads(), sizes);
    }

    @Override
    void accept() throws StyleException {
        boolean masked = takes(2) && takes(MASK, ByteBuffer.class);
        if (!masked && !takes(1) || !takes(INPUT, ByteBuffer.class)
                || !makes(OUTPUT, ByteBuffer.class)) {
            throw unfit("does not take and make bytes; export it with --io uint8");
        }
        long[] shape = inputShape(INPUT);
        long[] wanted = {1, height(), width(), CHANNELS};
        boolean fits = shape.length == wanted.length;
        for (int i = 0; fits && i < wanted.length; i++) {
            fits = shape[i] == wanted[i] || shape[i] < 0;
        }
        if (!fits) {
            String found = shape.length == wanted.length
                    ? shape[1] + "x" + shape[2] : "of another layout";
            throw unfit(
                    "paints one size only, " + found + "; asked for was " + height() + "x"
                            + width());
        }
        input = buffer(CHANNELS);
        output = buffer(CHANNELS);
        give(INPUT, input, wanted);
        take(OUTPUT, output, wanted);
        if (masked) {
            mask = buffer(1);
            give(MASK, mask, 1, 1, height(), width());
        }
    }

    private ByteBuffer buffer(int channels) {
        return direct(height() * width() * channels);
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
    public ByteBuffer mask() {
        return mask;
    }

    @Override
    public ByteBuffer output() {
        return output;
    }

    @Override
    public void close() {
        super.close();
        input = null;
        mask = null;
        output = null;
    }
}
