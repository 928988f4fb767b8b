package dev.tinystyle.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.StyleException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * A network that onnxruntime has opened, with what must be given back. The one file that names
 * ai.onnxruntime. One thread at a time may use a network.
 */
abstract class OrtNetwork {
    private static final int MAX_REASON = 200;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final String label;
    private OrtSession.SessionOptions options;
    private OrtSession session;
    private OnnxTensor input;
    private OnnxTensor second;
    private OnnxTensor output;
    private Map<String, OnnxTensor> inputs;
    private Map<String, OnnxTensor> outputs;
    private long[] bound;

    OrtNetwork(String label) {
        this.label = label;
    }

    static String runtime() {
        return "onnxruntime " + OrtEnvironment.getEnvironment().getVersion();
    }

    /** Checks the network that was opened, and binds its tensors. */
    abstract void accept() throws StyleException;

    /**
     * Opens it, or gives everything back.
     *
     * @param threads inside an operator; 0 lets onnxruntime decide
     * @param sizes of the axes that are free in the file, by their names
     */
    final void open(byte[] model, Provider provider, int threads, Map<String, Integer> sizes)
            throws StyleException {
        boolean opened = false;
        try {
            options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Errors reach the user as messages.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            // Else external data of a hostile file is read from the working directory.
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    "/nonexistent/tinystyle");
            addProvider(provider, threads);
            for (Map.Entry<String, Integer> size : sizes.entrySet()) {
                options.setSymbolicDimensionValue(size.getKey(), size.getValue());
            }
            session = environment.createSession(model, options);
            accept();
            opened = true;
        } catch (OrtException error) {
            throw failed("not a model that onnxruntime can load", error);
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private void addProvider(Provider provider, int threads) throws StyleException, OrtException {
        try {
            switch (provider) {
                case XNNPACK:
                    // It has threads of its own, in whose way spinning ones would be.
                    options.addConfigEntry("session.intra_op.allow_spinning", "0");
                    options.addXnnpack(
                            threads == 0
                                    ? Collections.<String, String>emptyMap()
                                    : Collections.singletonMap(
                                            "intra_op_num_threads", Integer.toString(threads)));
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
    }

    /** Whether its inputs are those of these names, of bytes. */
    final boolean takesBytes(String... names) throws StyleException {
        return takes(OnnxJavaType.UINT8, names);
    }

    /** Whether it has one input, of that name, of floats. */
    final boolean takesFloats(String name) throws StyleException {
        return takes(OnnxJavaType.FLOAT, name);
    }

    private boolean takes(OnnxJavaType type, String... names) throws StyleException {
        Map<String, NodeInfo> found = inputInfo();
        boolean all = found.size() == names.length;
        for (String name : names) {
            all = all && is(found.get(name), type);
        }
        return all;
    }

    /** Whether it has an output of that name, of bytes. */
    final boolean makesBytes(String name) throws StyleException {
        try {
            return is(session.getOutputInfo().get(name), OnnxJavaType.UINT8);
        } catch (OrtException error) {
            throw failed("its outputs cannot be read", error);
        }
    }

    /** Sizes of an input's axes, negative where they are free. */
    final long[] inputShape(String name) throws StyleException {
        return ((TensorInfo) inputInfo().get(name).getInfo()).getShape();
    }

    private Map<String, NodeInfo> inputInfo() throws StyleException {
        try {
            return session.getInputInfo();
        } catch (OrtException error) {
            throw failed("its inputs cannot be read", error);
        }
    }

    private static boolean is(NodeInfo node, OnnxJavaType type) {
        return node != null && node.getInfo() instanceof TensorInfo
                && ((TensorInfo) node.getInfo()).type == type;
    }

    /** Makes the tensors of {@link #runBound}, of bytes and over direct buffers. */
    final void bind(
            String inputName, ByteBuffer source, String outputName, ByteBuffer target, long[] shape)
            throws StyleException {
        try {
            input = OnnxTensor.createTensor(environment, source, shape, OnnxJavaType.UINT8);
            output = OnnxTensor.createTensor(environment, target, shape, OnnxJavaType.UINT8);
        } catch (OrtException error) {
            throw failed("its pictures cannot be made", error);
        }
        inputs = Collections.singletonMap(inputName, input);
        outputs = Collections.singletonMap(outputName, output);
        bound = shape;
    }

    /** Adds another input, likewise of bytes. */
    final void bind(String inputName, ByteBuffer source, long[] shape) throws StyleException {
        try {
            second = OnnxTensor.createTensor(environment, source, shape, OnnxJavaType.UINT8);
        } catch (OrtException error) {
            throw failed("its mask cannot be made", error);
        }
        inputs = new HashMap<String, OnnxTensor>(inputs);
        inputs.put(inputName, second);
    }

    /** Reads the one buffer of {@link #bind}, and that of the other, and writes the result. */
    final void runBound() throws StyleException {
        try {
            session.run(inputs, outputs).close();
        } catch (OrtException error) {
            throw failed(
                    "cannot compute " + Arrays.toString(bound) + "; a smaller picture may help",
                    error);
        }
    }

    /** Runs once, with tensors for that alone. Returns the values of the output in one row. */
    final float[] run(String inputName, FloatBuffer values, long[] shape, String outputName)
            throws StyleException {
        try {
            OnnxTensor given = OnnxTensor.createTensor(environment, values, shape);
            try {
                OrtSession.Result result = session.run(
                        Collections.singletonMap(inputName, given),
                        Collections.singleton(outputName));
                try {
                    FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
                    float[] row = new float[found.remaining()];
                    found.get(row);
                    return row;
                } finally {
                    result.close();
                }
            } finally {
                given.close();
            }
        } catch (OrtException error) {
            throw failed("cannot compute " + Arrays.toString(shape), error);
        }
    }

    /** An error that names the network. */
    final StyleException unfit(String what) {
        return new StyleException(StyleException.Kind.MODEL, label + ": " + what);
    }

    private StyleException failed(String what, OrtException error) {
        return new StyleException(
                StyleException.Kind.MODEL, label + ": " + what + " (" + reason(error) + ")", error);
    }

    /** The first line, which is enough for a user. */
    private static String reason(OrtException error) {
        String text = StyleException.reason(error).split("\n", 2)[0];
        return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON);
    }

    /** Gives the memory back. A second call does nothing. */
    public void close() {
        if (session != null) {
            try {
                session.close();
            } catch (OrtException error) {
                throw new IllegalStateException("onnxruntime cannot close a session", error);
            } finally {
                session = null;
            }
        }
        for (OnnxTensor tensor : new OnnxTensor[] {input, second, output}) {
            if (tensor != null) {
                tensor.close();
            }
        }
        input = null;
        second = null;
        output = null;
        if (options != null) {
            options.close(); // after the session, which reads it
            options = null;
        }
    }
}
