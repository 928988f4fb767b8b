package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * From a camera frame to pixels for the screen: convert, paint, blend, pack. Nothing is allocated per
 * frame once the first of a size was painted.
 */
public final class PreviewPipeline {
    private final FrameGate gate = new FrameGate();
    private final RateMeter meter = new RateMeter(30);
    private final SessionSlot slot = new SessionSlot();

    /** How many frames were painted and dropped. */
    public FrameGate gate() {
        return gate;
    }

    /** How fast frames are painted. */
    public RateMeter meter() {
        return meter;
    }

    /** Which network paints. */
    public SessionSlot slot() {
        return slot;
    }

    /** What the sliders say, for the frames that follow. Any thread. */
    public void setBlend(float strength, boolean keepColor) {
        throw new UnsupportedOperationException("being written");
    }

    /** Receives painted frames. */
    public interface Screen {
        /**
         * A painted frame. On the thread of {@link PreviewPipeline#paint}; the buffer is used again
         * for the next frame, so its content must be taken before this returns.
         *
         * @param rgba direct, position 0, for {@code Bitmap.copyPixelsFromBuffer} of ARGB_8888
         */
        void show(ByteBuffer rgba, int width, int height);
    }

    /**
     * Paints a frame, or drops it where one is in flight or there is no network yet.
     *
     * @param rotation as for {@link YuvConverter#convert}
     * @return whether it was painted and shown
     */
    public boolean paint(YuvFrame frame, int rotation, boolean mirrored, Screen screen)
            throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
