package dev.tinystyle.core;

/**
 * Exchanges the network of a slot for another that is opened on a worker thread. Where the user
 * chooses again before that is done, the last choice wins and the others are closed. Where a
 * network cannot be opened, the one in the slot stays.
 */
public final class ModelSwitcher {
    private final SessionFactory factory;
    private final SessionSlot slot;
    private long newest;

    public ModelSwitcher(SessionFactory factory, SessionSlot slot) {
        this.factory = factory;
        this.slot = slot;
    }

    /** The user has chosen: a ticket for {@link #open}. Calls off what is being opened. */
    public synchronized long choose() {
        return ++newest;
    }

    /** Calls off what is being opened, and empties the slot: the activity is paused. */
    public synchronized void release() {
        newest++;
        slot.exchange(null);
    }

    /**
     * Opens a network and puts it into the slot. Slow: for a worker thread.
     *
     * @param ticket of {@link #choose}
     * @return whether it was put in; false if there was another choice meanwhile
     * @throws StyleException where it cannot be opened and is still wanted: the message is for the
     *     user, the slot is as before
     */
    public boolean open(long ticket, byte[] model, String label, SessionSettings settings)
            throws StyleException {
        if (!isNewest(ticket)) {
            return false;
        }
        StyleSession session;
        try {
            session = factory.open(model, label, settings);
        } catch (StyleException error) {
            if (isNewest(ticket)) {
                throw error;
            }
            return false;
        }
        synchronized (this) {
            if (ticket == newest) {
                slot.exchange(session);
                return true;
            }
        }
        session.close();
        return false;
    }

    private synchronized boolean isNewest(long ticket) {
        return ticket == newest;
    }
}
