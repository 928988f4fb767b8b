package dev.tinystyle.core;

/**
 * When the camera may be opened and must be closed. The activity tells what happened; this says
 * what to do, through {@link Actions}. One thread: Android's main one.
 *
 * <p>Asking for the permission pauses and resumes the activity: that does not ask again. Android
 * shows no question any more to a user who has refused twice: then the settings are offered. A
 * camera that opens after the activity was paused is closed at once.
 */
public final class CameraLifecycle {
    /** Where the camera is. */
    public enum State {
        /** The activity is not in front; the camera is closed. */
        PAUSED,
        /** The user is being asked for the permission. */
        ASKING,
        /** The user has refused. */
        DENIED,
        /** The camera was asked for and has not answered. */
        OPENING,
        /** Frames are coming. */
        RUNNING,
        /** The camera was lost or could not be opened. */
        FAILED
    }

    /** What the user should know. */
    public enum Notice {
        /** Nothing: a message goes away. */
        NONE,
        /** There is no permission; a tap asks for it. */
        DENIED,
        /** There is no permission, and Android does not ask any more; a tap opens the settings. */
        BLOCKED,
        /** There is no camera; a tap tries again. */
        LOST
    }

    /** What the activity does. */
    public interface Actions {
        /** Shows Android's question for the camera permission. */
        void askPermission();

        /** Shows the system's settings of this app. */
        void openSettings();

        /** Opens the camera; answers by {@link #cameraOpened} or {@link #cameraLost}. */
        void openCamera();

        /** Closes the camera, also one that is still opening. */
        void closeCamera();

        /** Shows why there is no picture. The reason is that of {@link #cameraLost}, or null. */
        void explain(Notice notice, String reason);
    }

    private final Actions actions;
    private State state = State.PAUSED;
    private boolean asked;
    private boolean retried;
    private boolean blocked;

    /** @param asked what {@link #asked} said of an activity that the system has made anew */
    public CameraLifecycle(Actions actions, boolean asked) {
        this.actions = actions;
        this.asked = asked;
    }

    /** Whether the user was asked for the permission: to be kept with the activity's state. */
    public boolean asked() {
        return asked;
    }

    public State state() {
        return state;
    }

    /** The activity came to the front. {@code permitted} says whether it may use the camera. */
    public void resumed(boolean permitted) {
        if (state == State.OPENING || state == State.RUNNING) {
            return;
        }
        if (permitted) {
            open();
        } else if (!asked) {
            asked = true;
            state = State.ASKING;
            actions.askPermission();
        } else if (state != State.ASKING) {
            deny();
        }
    }

    /** The activity left the front: the camera is released, whatever it was doing. */
    public void paused() {
        if (state == State.OPENING || state == State.RUNNING) {
            actions.closeCamera();
        }
        if (state != State.ASKING) {
            state = State.PAUSED;
        }
    }

    /**
     * The user has answered. The activity may be paused at that moment, and is resumed after.
     *
     * @param mayAsk shouldShowRequestPermissionRationale after the answer. False also where the
     *     user has put the question aside: only the second time it is taken for "do not ask again".
     */
    public void permissionAnswered(boolean granted, boolean mayAsk) {
        if (state == State.PAUSED) {
            asked |= !granted; // the answer to an activity that the system has ended meanwhile
        }
        if (state != State.ASKING) {
            return;
        }
        if (granted) {
            open();
        } else {
            blocked = retried && !mayAsk;
            deny();
        }
    }

    /** The user wants to be asked again, or to try the camera again. */
    public void retry(boolean permitted) {
        if (state == State.DENIED && blocked && !permitted) {
            actions.openSettings();
        } else if (state == State.DENIED || state == State.FAILED) {
            asked = false;
            retried = true;
            resumed(permitted);
        }
    }

    /** The camera is open. Returns whether it is wanted; if not, it is closed by the action. */
    public boolean cameraOpened() {
        if (state == State.OPENING) {
            state = State.RUNNING;
            actions.explain(Notice.NONE, null);
            return true;
        }
        if (state != State.RUNNING) {
            actions.closeCamera();
        }
        return state == State.RUNNING;
    }

    /** The camera failed, was taken by another app, or was disabled. */
    public void cameraLost(String reason) {
        if (state == State.OPENING || state == State.RUNNING) {
            actions.closeCamera();
            state = State.FAILED;
            actions.explain(Notice.LOST, reason);
        }
    }

    private void open() {
        state = State.OPENING;
        retried = false;
        blocked = false;
        actions.openCamera();
    }

    private void deny() {
        state = State.DENIED;
        actions.explain(blocked ? Notice.BLOCKED : Notice.DENIED, null);
    }
}
