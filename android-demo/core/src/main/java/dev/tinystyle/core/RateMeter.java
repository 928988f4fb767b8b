package dev.tinystyle.core;

/** Frames per second and milliseconds a frame over the last frames. Any thread; no allocation. */
public final class RateMeter {
    private final long[] ends;
    private final long[] durations;
    private int count;
    private int next;

    /** @param frames over how many frames is averaged, at least 2 */
    public RateMeter(int frames) {
        if (frames < 2) {
            throw new IllegalArgumentException("frames is " + frames + "; at least 2 are needed");
        }
        ends = new long[frames];
        durations = new long[frames];
    }

    /** A frame was painted between two readings of {@code System.nanoTime}. */
    public synchronized void add(long startNanos, long endNanos) {
        ends[next] = endNanos;
        durations[next] = endNanos - startNanos;
        next = (next + 1) % ends.length;
        count = Math.min(count + 1, ends.length);
    }

    /** 0 until there are two frames. */
    public synchronized double framesPerSecond() {
        if (count < 2) {
            return 0.0;
        }
        int newest = (next + ends.length - 1) % ends.length;
        int oldest = (next + ends.length - count) % ends.length;
        long span = ends[newest] - ends[oldest];
        return span <= 0 ? 0.0 : (count - 1) * 1e9 / span;
    }

    /** Mean time for one frame, in milliseconds; 0 until there is one. */
    public synchronized double milliseconds() {
        if (count == 0) {
            return 0.0;
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += durations[i];
        }
        return sum / 1e6 / count;
    }

    /** Forgets all frames: after a pause, or where the network changed. */
    public synchronized void reset() {
        count = 0;
        next = 0;
    }
}
