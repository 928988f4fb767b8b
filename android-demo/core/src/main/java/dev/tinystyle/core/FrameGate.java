package dev.tinystyle.core;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets one frame through at a time; frames that come meanwhile are dropped and counted, so that
 * what is seen is never older than one painting. Any thread; no lock, no allocation.
 */
public final class FrameGate {
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    /** Whether the frame may be painted. If so, {@link #leave} must follow, whatever happens. */
    public boolean tryEnter() {
        if (busy.compareAndSet(false, true)) {
            passed.incrementAndGet();
            return true;
        }
        dropped.incrementAndGet();
        return false;
    }

    /** The frame is done. */
    public void leave() {
        if (!busy.compareAndSet(true, false)) {
            throw new IllegalStateException("no frame is in flight");
        }
    }

    /** Whether a frame is in flight. */
    public boolean isBusy() {
        return busy.get();
    }

    /** Frames let through. */
    public long passed() {
        return passed.get();
    }

    /** Frames that came too late. */
    public long dropped() {
        return dropped.get();
    }
}
