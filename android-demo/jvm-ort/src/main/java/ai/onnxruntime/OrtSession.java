package ai.onnxruntime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A network that can be run. */
public class OrtSession implements AutoCloseable {
    private final long nativeHandle;
    private boolean closed;

    OrtSession(long nativeHandle) {
        this.nativeHandle = nativeHandle;
    }

    public Map<String, NodeInfo> getInputInfo() throws OrtException {
        return info(true);
    }

    public Map<String, NodeInfo> getOutputInfo() throws OrtException {
        return info(false);
    }

    private Map<String, NodeInfo> info(boolean inputs) throws OrtException {
        checkClosed();
        Map<String, NodeInfo> nodes = new LinkedHashMap<String, NodeInfo>();
        for (int i = 0; i < Native.count(nativeHandle, inputs); i++) {
            String name = Native.name(nativeHandle, inputs, i);
            OnnxJavaType type = OnnxJavaType.ofCode(Native.elementType(nativeHandle, inputs, i));
            long[] shape = Native.shape(nativeHandle, inputs, i);
            nodes.put(name, new NodeInfo(name, new TensorInfo(type, shape)));
        }
        return nodes;
    }

    /** Outputs are written into the tensors given. */
    public Result run(
            Map<String, ? extends OnnxTensorLike> inputs,
            Map<String, ? extends OnnxValue> pinnedOutputs)
            throws OrtException {
        return run(inputs, Collections.<String>emptySet(), pinnedOutputs);
    }

    /** Outputs are new tensors, closed with the result. */
    public Result run(Map<String, ? extends OnnxTensorLike> inputs, Set<String> requestedOutputs)
            throws OrtException {
        return run(inputs, requestedOutputs, Collections.<String, OnnxValue>emptyMap());
    }

    public Result run(
            Map<String, ? extends OnnxTensorLike> inputs, Set<String> requestedOutputs,
            Map<String, ? extends OnnxValue> pinnedOutputs)
            throws OrtException {
        checkClosed();
        String[] inputNames = new String[inputs.size()];
        long[] inputHandles = new long[inputs.size()];
        int i = 0;
        for (Map.Entry<String, ? extends OnnxTensorLike> input : inputs.entrySet()) {
            inputNames[i] = input.getKey();
            inputHandles[i++] = input.getValue().nativeHandle;
        }
        int count = requestedOutputs.size() + pinnedOutputs.size();
        String[] names = new String[count];
        long[] handles = new long[count];
        OnnxValue[] values = new OnnxValue[count];
        i = 0;
        for (Map.Entry<String, ? extends OnnxValue> output : pinnedOutputs.entrySet()) {
            names[i] = output.getKey();
            values[i] = output.getValue();
            handles[i++] = ((OnnxTensorLike) output.getValue()).nativeHandle;
        }
        for (String name : requestedOutputs) {
            names[i++] = name;
        }
        Native.run(nativeHandle, inputNames, inputHandles, names, handles);
        for (i = pinnedOutputs.size(); i < count; i++) {
            values[i] = new OnnxTensor(handles[i], null);
        }
        return new Result(values, pinnedOutputs.size());
    }

    private void checkClosed() {
        if (closed) {
            throw new IllegalStateException("Trying to use a closed OrtSession");
        }
    }

    @Override
    public void close() throws OrtException {
        if (closed) {
            throw new IllegalStateException("Trying to close an already closed OrtSession.");
        }
        closed = true;
        Native.closeSession(nativeHandle);
    }

    /** What a run has made. */
    public static class Result implements AutoCloseable {
        private final List<OnnxValue> values = new ArrayList<OnnxValue>();
        private final int pinned;

        Result(OnnxValue[] values, int pinned) {
            Collections.addAll(this.values, values);
            this.pinned = pinned;
        }

        public OnnxValue get(int index) {
            return values.get(index);
        }

        public int size() {
            return values.size();
        }

        /** Closes the values that were not given to the run. */
        @Override
        public void close() {
            for (int i = pinned; i < values.size(); i++) {
                values.get(i).close();
            }
        }
    }

    /** How a session is made. */
    public static class SessionOptions implements AutoCloseable {
        private final long nativeHandle = Native.createOptions();
        private boolean closed;

        public SessionOptions() {}

        long handle() {
            if (closed) {
                throw new IllegalStateException("Trying to use a closed SessionOptions");
            }
            return nativeHandle;
        }

        public void setIntraOpNumThreads(int numThreads) throws OrtException {
            Native.setIntraOpNumThreads(handle(), numThreads);
        }

        public void setInterOpNumThreads(int numThreads) throws OrtException {
            Native.setInterOpNumThreads(handle(), numThreads);
        }

        public void setSessionLogLevel(OrtLoggingLevel logLevel) throws OrtException {
            Native.setLogLevel(handle(), logLevel.getValue());
        }

        public void setMemoryPatternOptimization(boolean memoryPatternOptimization)
                throws OrtException {
            Native.setMemoryPattern(handle(), memoryPatternOptimization);
        }

        public void addConfigEntry(String configKey, String configValue) throws OrtException {
            Native.addConfigEntry(handle(), configKey, configValue);
        }

        public void setSymbolicDimensionValue(String dimensionName, long dimensionValue)
                throws OrtException {
            Native.setDimension(handle(), dimensionName, dimensionValue);
        }

        public void addXnnpack(Map<String, String> providerOptions) throws OrtException {
            refuse(OrtProvider.XNNPACK);
        }

        public void addNnapi() throws OrtException {
            refuse(OrtProvider.NNAPI);
        }

        public void addQnn(Map<String, String> providerOptions) throws OrtException {
            refuse(OrtProvider.QNN);
        }

        /** As a library without them does: the wheel for computers has none of the three. */
        private void refuse(OrtProvider provider) throws OrtException {
            handle();
            throw new OrtException(
                    provider.getName() + " is not supported in this build of onnxruntime");
        }

        @Override
        public void close() {
            if (closed) {
                throw new IllegalStateException("Trying to close a closed SessionOptions.");
            }
            closed = true;
            Native.closeOptions(nativeHandle);
        }
    }
}
