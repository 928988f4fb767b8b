package dev.tinystyle.core;

/** How long work still takes, told no sooner than it is known and no more often than is read. */
public final class TimeLeft {
    /** What {@link #tell} answers where there is nothing to be told. */
    public static final int NOTHING = -1;

    private static final double NANOS = 1e9;

    /** Seconds of work after which it is known, and between two answers. */
    private static final double FIRST = 2.0;

    private static final double BETWEEN = 1.0;

    /** Seconds that are not told apart. */
    private static final int STEP = 5;

    private final Clock clock;
    private long began;
    private double told;

    public TimeLeft(Clock clock) {
        this.clock = clock;
    }

    /** Work begins. */
    public void begin() {
        began = clock.nanoTime();
        told = FIRST - BETWEEN;
    }

    /** Seconds that are left, in steps of five; {@link #NOTHING} where nothing is to be told. */
    public int tell(int done, int of) {
        double seconds = (clock.nanoTime() - began) / NANOS;
        if (done < 1 || done >= of || seconds < told + BETWEEN) {
            return NOTHING;
        }
        told = seconds;
        double left = seconds * (of - done) / done;
        return STEP * (int) Math.max(1, Math.round(left / STEP));
    }
}
