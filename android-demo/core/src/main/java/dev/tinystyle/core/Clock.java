package dev.tinystyle.core;

/** Time, so that tests can hold it. */
public interface Clock {
    /** The system's. */
    Clock SYSTEM =
            new Clock() {
                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }
            };

    /** Nanoseconds since some moment; never going back. */
    long nanoTime();
}
