package dev.tinystyle.core;

/** Opens networks. The app's is {@code dev.tinystyle.ort.OrtSessions}; tests have their own. */
public interface SessionFactory {
    /**
     * Opens a network of bytes: {@code image} in, {@code stylized} out, both uint8 NHWC. One with
     * regions has a second input {@code mask}, uint8 N x 1 x H x W.
     *
     * <p>A network of fixed size is opened at that size only. A provider that this runtime does not
     * have is an error; operators that the provider does not take run on the CPU.
     *
     * @param model an ONNX or ORT file's content, not trusted
     * @param label names the model in messages
     * @throws StyleException where the model is damaged or has another interface
     */
    StyleSession open(byte[] model, String label, SessionSettings settings) throws StyleException;

    /** Opens a network of floats: {@code style} in, any outputs. As {@link #open}, on the CPU. */
    FloatSession openFloats(byte[] model, String label, int threads) throws StyleException;

    /**
     * Opens a network whose norms' statistics are an input, or a part of one that measures them, as
     * {@link #open}: inputs {@code image}, {@code statistics} and {@code core}.
     *
     * @param channels of all norms together
     * @param measured channels that a part measures; 0 for a network that paints
     */
    TileSession openTiles(
            byte[] model, String label, SessionSettings settings, int channels, int measured)
            throws StyleException;

    /** Name and version of the runtime, such as {@code onnxruntime 1.22.0}. */
    String runtime();
}
