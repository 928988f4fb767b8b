package dev.tinystyle.core;

/**
 * From picking a photo to saving its painting. The activity tells what happened; this says what to
 * do. One thread: Android's main one.
 */
public final class PhotoFlow {
    /** Where the photo is. */
    public enum State {
        /** There is none. */
        EMPTY,
        /** The picker is in front. */
        PICKING,
        /** It is being painted. */
        PAINTING,
        /** The painting is shown. */
        PAINTED
    }

    /** What the activity does. */
    public interface Actions {
        /** Shows Android's picker; answers by {@link #picked}. */
        void openPicker();

        /**
         * Decodes and paints a photo on a worker; answers by {@link #painted} or {@link #failed}.
         *
         * @param ticket to be given back with the answer
         */
        void paint(String photo, long ticket);

        /** The painting that is under way is not wanted any more. */
        void callOff(long ticket);

        /** Shows a message; null takes it away. */
        void explain(String message);
    }

    private final Actions actions;
    private State state = State.EMPTY;
    private State before = State.EMPTY;
    private String photo;
    private long ticket;

    public PhotoFlow(Actions actions) {
        this.actions = actions;
    }

    public State state() {
        return state;
    }

    /** What was picked; null if nothing was. */
    public String photo() {
        return photo;
    }

    /**
     * What {@link #restore} is to be given where the system makes the activity anew; null for
     * nothing. A painting that was under way when Android ended the app is not begun again: it may
     * be what there was no memory for.
     *
     * @param changing whether the activity is made anew at once, since the configuration changed
     */
    public String kept(boolean changing) {
        State reached = state == State.PICKING ? before : state;
        return changing || reached == State.PAINTED ? photo : null;
    }

    /** Paints again what the activity before this one had painted. */
    public void restore(String kept) {
        if (kept != null && state == State.EMPTY) {
            photo = kept;
            start();
        }
    }

    /** The user wants to pick. */
    public void pick() {
        if (state == State.PICKING) {
            return;
        }
        before = state;
        state = State.PICKING;
        actions.openPicker();
    }

    /** The picker is done; null means cancelled, and leaves everything as it was. */
    public void picked(String chosen) {
        if (state != State.PICKING) {
            return;
        }
        state = before;
        if (chosen != null) {
            photo = chosen;
            start();
        }
    }

    /** Style, strokes or the like have changed: the photo is painted again, if there is one. */
    public void changed() {
        if (photo != null && state != State.PICKING) {
            start();
        }
    }

    /** A painting is finished. Returns whether it is the one that is wanted: show it then. */
    public boolean painted(long answered) {
        if (photo == null || answered != ticket) {
            return false;
        }
        settle(State.PAINTED);
        actions.explain(null);
        return true;
    }

    /** A painting failed. The photo stays: another style may paint it. */
    public void failed(long answered, String message) {
        if (photo == null || answered != ticket) {
            return;
        }
        settle(State.EMPTY);
        actions.explain(message);
    }

    /** The activity is being destroyed, or the user has closed the photo. */
    public void discard() {
        if (photo != null) {
            actions.callOff(ticket);
        }
        photo = null;
        ticket++;
        settle(State.EMPTY);
    }

    private void start() {
        if (state == State.PAINTING) {
            actions.callOff(ticket);
        }
        state = State.PAINTING;
        actions.paint(photo, ++ticket);
    }

    private void settle(State reached) {
        if (state == State.PICKING) {
            before = reached;
        } else {
            state = reached;
        }
    }
}
