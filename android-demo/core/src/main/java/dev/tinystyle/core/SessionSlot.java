package dev.tinystyle.core;

/**
 * The session that frames are painted with. It can be exchanged while a frame is in flight: the old
 * one is closed when its frame is done, never under it. Any thread.
 */
public final class SessionSlot {
    private StyleSession current;
    private StyleSession retired;
    private boolean inUse;
    private boolean closed;

    /**
     * The session to paint a frame with, or null if there is none, or if a frame is in flight.
     * Where it is not null, {@link #release} must follow.
     */
    public synchronized StyleSession acquire() {
        if (inUse || current == null) {
            return null;
        }
        inUse = true;
        return current;
    }

    /** The frame is done. Closes the session if it was exchanged meanwhile. */
    public synchronized void release() {
        if (!inUse) {
            throw new IllegalStateException("no session is in use");
        }
        inUse = false;
        if (retired != null) {
            retired.close();
            retired = null;
        }
    }

    /**
     * Puts in another session, or null for none. The old one is closed now, or when its frame is
     * done. After {@link #close} the new one is closed at once.
     */
    public synchronized void exchange(StyleSession next) {
        if (closed) {
            if (next != null) {
                next.close();
            }
            return;
        }
        StyleSession old = current;
        current = next;
        if (old == null || old == next) {
            return;
        }
        if (inUse && retired == null) {
            retired = old;
        } else {
            old.close();
        }
    }

    /** Whether there is a session. */
    public synchronized boolean isFilled() {
        return current != null;
    }

    /** Whether the session's network has regions. */
    public synchronized boolean takesMask() {
        return current != null && current.mask() != null;
    }

    /** Closes the session, and every one that is put in later. */
    public synchronized void close() {
        exchange(null);
        closed = true;
    }
}
