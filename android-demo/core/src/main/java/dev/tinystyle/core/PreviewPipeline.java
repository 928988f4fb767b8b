package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * From a camera frame to pixels for the screen: convert, paint, blend, pack. Nothing is allocated
 * per frame once the first of a size was painted.
 */
public final class PreviewPipeline {
    private final FrameGate gate = new FrameGate();
    private final RateMeter meter = new RateMeter(30);
    private final SessionSlot slot = new SessionSlot();
    private final YuvConverter converter = new YuvConverter();
    private final ColorBlend blend = new ColorBlend();
    private final PixelPacking packing = new PixelPacking();
    private final Clock clock;
    private ByteBuffer rgba = ByteBuffer.allocateDirect(0);
    private volatile float strength = 1.0f;
    private volatile boolean keepColor;

    public PreviewPipeline() {
        this(Clock.SYSTEM);
    }

    PreviewPipeline(Clock clock) {
        this.clock = clock;
    }

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
        if (!(strength >= 0.0f && strength <= 1.0f)) {
            throw new IllegalArgumentException("strength is " + strength + "; allowed are 0 to 1");
        }
        this.strength = strength;
        this.keepColor = keepColor;
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
        if (!gate.tryEnter()) {
            return false;
        }
        try {
            StyleSession session = slot.acquire();
            if (session == null) {
                return false;
            }
            try {
                paint(session, frame, rotation, mirrored, screen);
                return true;
            } finally {
                slot.release();
            }
        } finally {
            gate.leave();
        }
    }

    private void paint(
            StyleSession session, YuvFrame frame, int rotation, boolean mirrored, Screen screen)
            throws StyleException {
        long start = clock.nanoTime();
        int height = session.height();
        int width = session.width();
        int pixels = height * width;
        converter.convert(frame, rotation, mirrored, session.input(), width, height);
        session.run();
        blend.apply(session.output(), session.input(), pixels, strength, keepColor);
        if (rgba.capacity() != 4 * pixels) {
            rgba = ByteBuffer.allocateDirect(4 * pixels);
        }
        packing.toRgba(session.output(), rgba, pixels);
        screen.show(rgba, width, height);
        meter.add(start, clock.nanoTime());
    }
}
