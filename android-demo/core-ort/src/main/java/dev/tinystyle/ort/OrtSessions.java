package dev.tinystyle.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Opens sessions of onnxruntime. Nothing outside of this package touches ai.onnxruntime. */
public final class OrtSessions implements SessionFactory {
    static final String INPUT = "image";
    static final String OUTPUT = "stylized";
    static final String STYLE_INPUT = "style";
    static final int CHANNELS = 3;
    private static final int MAX_REASON = 200;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    @Override
    public String runtime() {
        return "onnxruntime " + environment.getVersion();
    }

    @Override
    public StyleSession open(byte[] model, String label, SessionSettings settings)
            throws StyleException {
        List<String> accepted = new ArrayList<String>();
        OrtSession.SessionOptions options = options(settings.threads(), label);
        OrtSession session = null;
        try {
            addProvider(options, settings, accepted);
            // One size at a time: onnxruntime then plans its memory once, and the providers for
            // phones take operators that they refuse where sizes are free. Names of
            // tinystyle.export.to_onnx.
            options.setSymbolicDimensionValue("batch", 1);
            options.setSymbolicDimensionValue("height", settings.height());
            options.setSymbolicDimensionValue("width", settings.width());
            session = environment.createSession(model, options);
            check(session, label, settings);
            StyleSession opened =
                    new OrtStyleSession(environment, options, session, settings, accepted, label);
            session = null;
            options = null;
            return opened;
        } catch (OrtException error) {
            throw unusable(label, error);
        } finally {
            close(session, options);
        }
    }

    @Override
    public FloatSession openFloats(byte[] model, String label, int threads)
            throws StyleException {
        OrtSession.SessionOptions options = options(threads, label);
        OrtSession session = null;
        try {
            session = environment.createSession(model, options);
            Map<String, NodeInfo> inputs = session.getInputInfo();
            if (inputs.size() != 1 || !is(inputs.get(STYLE_INPUT), OnnxJavaType.FLOAT)) {
                throw new StyleException(
                        StyleException.Kind.MODEL, label + ": is not a hypernetwork");
            }
            FloatSession opened = new OrtFloatSession(environment, options, session, label);
            session = null;
            options = null;
            return opened;
        } catch (OrtException error) {
            throw unusable(label, error);
        } finally {
            close(session, options);
        }
    }

    private static OrtSession.SessionOptions options(int threads, String label)
            throws StyleException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        try {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Errors reach the user as messages.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            // Else external data of a hostile file is read from the working directory.
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    "/nonexistent/tinystyle");
            return options;
        } catch (OrtException error) {
            options.close();
            throw unusable(label, error);
        }
    }

    private static void addProvider(
            OrtSession.SessionOptions options, SessionSettings settings, List<String> accepted)
            throws StyleException, OrtException {
        Provider provider = settings.provider();
        try {
            switch (provider) {
                case XNNPACK:
                    // It has threads of its own, in whose way spinning ones would be.
                    options.addConfigEntry("session.intra_op.allow_spinning", "0");
                    options.addXnnpack(threads(settings.threads()));
                    break;
                case NNAPI:
                    options.addNnapi();
                    break;
                case QNN:
                    options.addQnn(Collections.singletonMap("backend_path", "libQnnHtp.so"));
                    break;
                default:
                    // The CPU is always there.
            }
        } catch (OrtException error) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "execution provider " + provider.label() + " is not in this onnxruntime ("
                            + reason(error) + "); use cpu",
                    error);
        }
        if (provider != Provider.CPU) {
            accepted.add(provider.label());
        }
        accepted.add(Provider.CPU.label());
    }

    private static Map<String, String> threads(int count) {
        return count == 0
                ? Collections.<String, String>emptyMap()
                : Collections.singletonMap("intra_op_num_threads", Integer.toString(count));
    }

    private static void check(OrtSession session, String label, SessionSettings settings)
            throws StyleException, OrtException {
        Map<String, NodeInfo> inputs = session.getInputInfo();
        NodeInfo input = inputs.get(INPUT);
        if (inputs.size() != 1 || !is(input, OnnxJavaType.UINT8)
                || !is(session.getOutputInfo().get(OUTPUT), OnnxJavaType.UINT8)) {
            throw new StyleException(
                    StyleException.Kind.MODEL,
                    label + ": does not take and make bytes; export it with --io uint8");
        }
        long[] shape = ((TensorInfo) input.getInfo()).getShape();
        long[] wanted = shape(settings.height(), settings.width());
        boolean fits = shape.length == wanted.length;
        for (int i = 0; fits && i < wanted.length; i++) {
            fits = shape[i] == wanted[i] || shape[i] < 0;
        }
        if (!fits) {
            throw new StyleException(
                    StyleException.Kind.MODEL,
                    label + ": paints one size only, " + (shape.length == 4
                            ? shape[1] + "x" + shape[2] : "of another layout")
                            + "; asked for was " + settings.height() + "x" + settings.width());
        }
    }

    private static boolean is(NodeInfo node, OnnxJavaType type) {
        return node != null && node.getInfo() instanceof TensorInfo
                && ((TensorInfo) node.getInfo()).type == type;
    }

    static long[] shape(int height, int width) {
        return new long[] {1, height, width, CHANNELS};
    }

    private static StyleException unusable(String label, OrtException error) {
        return new StyleException(
                StyleException.Kind.MODEL,
                label + ": not a model that onnxruntime can load (" + reason(error) + ")",
                error);
    }

    /** The first line, which is enough for a user. */
    static String reason(OrtException error) {
        String text = String.valueOf(error.getMessage()).split("\n", 2)[0];
        return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON);
    }

    /** Both may be null. Options must outlive their session. */
    static void close(OrtSession session, OrtSession.SessionOptions options) {
        if (session != null) {
            try {
                session.close();
            } catch (OrtException error) {
                throw new IllegalStateException("onnxruntime cannot close a session", error);
            }
        }
        if (options != null) {
            options.close();
        }
    }
}
