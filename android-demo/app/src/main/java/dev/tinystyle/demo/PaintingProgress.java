package dev.tinystyle.demo;

import dev.tinystyle.core.Clock;
import dev.tinystyle.core.PhotoPainter;
import dev.tinystyle.core.TimeLeft;

/** How far the photo is that is being painted, and whether it is still wanted. */
final class PaintingProgress implements PhotoPainter.Progress {
    private static final int PERCENT = 100;
    private static final int MINUTE = 60;

    /** Seconds from which on minutes are told. */
    private static final int LONG = 90;

    private final StyleActivity activity;
    private final TimeLeft left = new TimeLeft(Clock.SYSTEM);
    private volatile long calledOff;
    private volatile long working;
    private boolean shown;

    /** @param activity which shows the words */
    PaintingProgress(StyleActivity activity) {
        this.activity = activity;
    }

    /** On the worker's thread: work on a ticket begins. Later ones are larger. */
    void begin(long ticket) {
        working = ticket;
        left.begin();
    }

    /** On the main thread: this and those before are not wanted any more. */
    void callOff(long ticket) {
        calledOff = ticket;
    }

    /** On the main thread: nothing is painted any more, for better or worse. */
    void end() {
        if (shown) {
            activity.explainMeanwhile(null);
            shown = false;
        }
    }

    /** On the worker's thread. */
    @Override
    public boolean painted(int runs, int ofRuns) {
        boolean wanted = calledOff < working;
        int seconds = wanted ? left.tell(runs, ofRuns) : TimeLeft.NOTHING;
        if (seconds != TimeLeft.NOTHING) {
            show((int) ((long) PERCENT * runs / ofRuns), seconds);
        }
        return wanted;
    }

    private void show(int percent, int seconds) {
        final String words =
                seconds < LONG
                        ? activity.getString(R.string.painting_seconds, percent, seconds)
                        : activity.getString(
                                R.string.painting_minutes,
                                percent,
                                Math.round((float) seconds / MINUTE));
        activity.runOnUiThread(
                new Runnable() {
                    @Override
                    public void run() {
                        shown = true;
                        activity.explainMeanwhile(words);
                    }
                });
    }
}
