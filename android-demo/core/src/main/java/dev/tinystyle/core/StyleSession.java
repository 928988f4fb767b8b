package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A network of one picture size, ready to paint, with the two buffers that it reads and writes.
 *
 * <p>Pictures are RGB bytes, row by row, {@code height * width * 3} of them: NHWC, as {@code --io
 * uint8} exports. The buffers are direct, live as long as the session, and are the network's own
 * input and output: nothing is copied and nothing of a picture's size is allocated by {@link #run}.
 * One thread at a time may use a session.
 */
public interface StyleSession {
    /** In pixels. */
    int height();

    /** In pixels. */
    int width();

    /** Execution providers that the session was given and accepted, preferred first. */
    List<String> providers();

    /** Where the photograph goes. Position and limit may be moved; all of it is read. */
    ByteBuffer input();

    /**
     * Where the regions' labels go, a byte a pixel, if the network has regions; else null. They are
     * 0 at first: all of the first region.
     */
    ByteBuffer mask();

    /** Where the painting is after {@link #run}. */
    ByteBuffer output();

    /** Paints {@link #input} into {@link #output}. */
    void run() throws StyleException;

    /** Gives back the memory, also that of the buffers. A second call does nothing. */
    void close();
}
