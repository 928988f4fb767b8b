package dev.tinystyle.demo;

import android.content.Context;
import dev.tinystyle.core.CameraLifecycle;

/** Why there is no camera picture, in the user's language. */
final class CameraWords {
    private CameraWords() {}

    /** Null where there is nothing to say. */
    static String of(Context context, CameraLifecycle.Notice notice, String reason) {
        switch (notice) {
            case DENIED:
                return context.getString(R.string.camera_denied);
            case BLOCKED:
                return context.getString(R.string.camera_blocked);
            case LOST:
                return context.getString(R.string.camera_lost, reason);
            default:
                return null;
        }
    }
}
