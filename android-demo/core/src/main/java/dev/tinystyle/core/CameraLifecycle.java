package dev.tinystyle.core;

/**
 * When the camera may be opened and must be closed. The activity tells what happened; this says
 * what to do, through {@link Actions}. One thread: Android's main one.
 *
 * <p>Asking for the permission pauses and resumes the activity: that does not ask again. A camera
 * that opens after the activity was paused is closed at once.
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

    /** What the activity does. */
    public interface Actions {
        /** Shows Android's question for the camera permission. */
        void askPermission();

        /** Opens the camera; answers by {@link #cameraOpened} or {@link #cameraLost}. */
        void openCamera();

        /** Closes the camera, also one that is still opening. */
        void closeCamera();

        /** Shows why there is no picture; null takes the message away. */
        void explain(String message);
    }

    /** Said where the permission was refused. */
    public static final String DENIED_MESSAGE =
            "There is no camera permission. Photos can still be painted; to paint the camera's "
                    + "picture, allow the camera in the system settings of this app.";

    private final Actions actions;
    private State state = State.PAUSED;
    private boolean asked;

    public CameraLifecycle(Actions actions) {
        this.actions = actions;
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

    /** The user has answered. The activity may be paused at that moment, and is resumed after. */
    public void permissionAnswered(boolean granted) {
        if (state != State.ASKING) {
            return;
        }
        if (granted) {
            open();
        } else {
            deny();
        }
    }

    /** The user wants to be asked again, or to try the camera again. */
    public void retry(boolean permitted) {
        if (state == State.DENIED || state == State.FAILED) {
            asked = false;
            resumed(permitted);
        }
    }

    /** The camera is open. Returns whether it is wanted; if not, it is closed by the action. */
    public boolean cameraOpened() {
        if (state == State.OPENING) {
            state = State.RUNNING;
            actions.explain(null);
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
            actions.explain("The camera is not available (" + reason + "). Tap to try again.");
        }
    }

    private void open() {
        state = State.OPENING;
        actions.openCamera();
    }

    private void deny() {
        state = State.DENIED;
        actions.explain(DENIED_MESSAGE);
    }
}
