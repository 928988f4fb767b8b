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
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
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
    private final Map<String, OnnxTensor> inputs = new HashMap<String, OnnxTensor>();
    private final Map<String, OnnxTensor> outputs = new HashMap<String, OnnxTensor>();
    private String computed;

    OrtNetwork(String label) {
        this.label = label;
    }

    static String runtime() {
        return "onnxruntime " + OrtEnvironment.getEnvironment().getVersion();
    }

    /**
     * Whether all memory of a run is reserved as one block, from the second run on: quicker by
     * little, and what the first run took stays, too.
     */
    boolean reservesMemory() {
        return true;
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
            options.setMemoryPatternOptimization(reservesMemory());
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

    /** Whether it has so many inputs. */
    final boolean takes(int count) throws StyleException {
        return inputInfo().size() == count;
    }

    /** Whether it has an input of that name, which such a buffer holds. */
    final boolean takes(String name, Class<? extends Buffer> kind) throws StyleException {
        return is(inputInfo().get(name), kind);
    }

    /** Whether it has an output of that name, which such a buffer holds. */
    final boolean makes(String name, Class<? extends Buffer> kind) throws StyleException {
        try {
            return is(session.getOutputInfo().get(name), kind);
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

    private static boolean is(NodeInfo node, Class<? extends Buffer> kind) {
        OnnxJavaType type = kind == FloatBuffer.class ? OnnxJavaType.FLOAT
                : kind == LongBuffer.class ? OnnxJavaType.INT64 : OnnxJavaType.UINT8;
        return node != null && node.getInfo() instanceof TensorInfo
                && ((TensorInfo) node.getInfo()).type == type;
    }

    /** An input of {@link #run()}, over a direct buffer of bytes, floats or longs. */
    final void give(String name, Buffer source, long... shape) throws StyleException {
        inputs.put(name, tensor(source, shape));
    }

    /** The output of {@link #run()}, over a direct buffer of bytes or floats. */
    final void take(String name, Buffer target, long... shape) throws StyleException {
        outputs.put(name, tensor(target, shape));
        computed = Arrays.toString(shape);
    }

    private OnnxTensor tensor(Buffer buffer, long[] shape) throws StyleException {
        try {
            if (buffer instanceof FloatBuffer) {
                return OnnxTensor.createTensor(environment, (FloatBuffer) buffer, shape);
            }
            if (buffer instanceof LongBuffer) {
                return OnnxTensor.createTensor(environment, (LongBuffer) buffer, shape);
            }
            return OnnxTensor.createTensor(
                    environment, (ByteBuffer) buffer, shape, OnnxJavaType.UINT8);
        } catch (OrtException error) {
            throw failed("its inputs and outputs cannot be made", error);
        }
    }

    /** For {@link #give} and {@link #take}. */
    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Reads the buffers of {@link #give}, and writes that of {@link #take}. */
    public final void run() throws StyleException {
        try {
            session.run(inputs, outputs).close();
        } catch (OrtException error) {
            throw failed("cannot compute " + computed + "; a smaller picture may help", error);
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
        close(inputs);
        close(outputs);
        if (options != null) {
            options.close(); // after the session, which reads it
            options = null;
        }
    }

    private static void close(Map<String, OnnxTensor> tensors) {
        for (OnnxTensor tensor : tensors.values()) {
            tensor.close();
        }
        tensors.clear();
    }
}
