package ai.onnxruntime;

/** What an input or output is. */
public interface ValueInfo {}
