package dev.tinystyle.demo;

import dev.tinystyle.core.PhotoPainter;

/** How far the photo is that is being painted, and whether it is still wanted. */
final class PaintingProgress implements PhotoPainter.Progress {
    private volatile long calledOff;
    private volatile long working;

    /** On the worker's thread: work on a ticket begins. Later ones are larger. */
    void begin(long ticket) {
        working = ticket;
    }

    /** On the main thread: this and those before are not wanted any more. */
    void callOff(long ticket) {
        calledOff = ticket;
    }

    @Override
    public boolean painted(int runs, int ofRuns) {
        return calledOff < working;
    }
}
