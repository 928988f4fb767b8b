package dev.tinystyle.core;

import java.nio.FloatBuffer;

/** A network of floats with one picture as input: the hypernetwork. One thread at a time. */
public interface FloatSession {
    /**
     * Runs the network.
     *
     * @param picture direct, RGB planes {@code (1, 3, height, width)}, 0..1, read from position 0
     * @param output name of the output that is wanted
     * @return its values in one row
     */
    float[] run(FloatBuffer picture, int height, int width, String output) throws StyleException;

    /** Gives back the memory. A second call does nothing. */
    void close();
}
