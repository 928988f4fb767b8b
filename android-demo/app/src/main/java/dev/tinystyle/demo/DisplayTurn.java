package dev.tinystyle.demo;

import android.app.Activity;
import android.hardware.display.DisplayManager;
import android.os.Handler;

/** How the display is turned from its natural orientation. Main thread. */
final class DisplayTurn implements DisplayManager.DisplayListener {
    private static final int QUARTER = 90;

    private final Activity activity;
    private volatile int degrees;

    DisplayTurn(Activity activity) {
        this.activity = activity;
    }

    /** 0, 90, 180 or 270. Any thread. */
    int degrees() {
        return degrees;
    }

    /** Watches until {@link #stop}: turned upside down, a device changes no configuration. */
    void start(Handler main) {
        activity.getSystemService(DisplayManager.class).registerDisplayListener(this, main);
        read();
    }

    void stop() {
        activity.getSystemService(DisplayManager.class).unregisterDisplayListener(this);
    }

    void read() {
        degrees = QUARTER * activity.getWindowManager().getDefaultDisplay().getRotation();
    }

    @Override
    public void onDisplayChanged(int display) {
        read(); // whichever it is: the activity may be on another than the first
    }

    @Override
    public void onDisplayAdded(int display) {}

    @Override
    public void onDisplayRemoved(int display) {}
}
