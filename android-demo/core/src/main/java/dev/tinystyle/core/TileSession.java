package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * A network that is given the statistics of its norms ({@code --norm input}), or a part of one that
 * measures them, for tiles of one size. Buffers as of {@link StyleSession}. One thread at a time.
 */
public interface TileSession {
    /** Where a tile of the photograph goes: {@code height * width * 3} bytes. */
    ByteBuffer input();

    /** Where the means of all channels go, and their variances behind them. */
    FloatBuffer statistics();

    /** Where top, left, bottom and right of what counts go, within the tile. */
    LongBuffer core();

    /**
     * Where means, variances and numbers of places are after {@link #run}, of the channels of one
     * norm; null for a network that paints.
     */
    FloatBuffer measured();

    /** Where the painting is after {@link #run}; null for a part that measures. */
    ByteBuffer output();

    /** Computes {@link #measured} or {@link #output}. */
    void run() throws StyleException;

    /** Gives back the memory, also that of the buffers. A second call does nothing. */
    void close();
}
