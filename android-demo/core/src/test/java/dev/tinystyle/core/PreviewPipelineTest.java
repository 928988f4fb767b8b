package dev.tinystyle.core;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

public final class PreviewPipelineTest {
    private final FakeSessions sessions = new FakeSessions();
    private final PreviewPipeline pipeline = new PreviewPipeline();
    private int shown;

    private final PreviewPipeline.Screen screen = (rgba, width, height) -> shown++;

    /** With interleaved chroma. */
    static YuvFrame frame(int width, int height) {
        int chroma = (width + 1) / 2 * ((height + 1) / 2);
        ByteBuffer both = ByteBuffer.allocateDirect(2 * chroma);
        both.position(1);
        ByteBuffer second = both.slice();
        both.position(0);
        return new YuvFrame()
                .size(width, height)
                .y(ByteBuffer.allocateDirect(width * height), width, 1)
                .u(both, (width + 1) / 2 * 2, 2)
                .v(second, (width + 1) / 2 * 2, 2);
    }

    private void fill(int height, int width) throws StyleException {
        SessionSettings settings = new SessionSettings(Provider.CPU, 1, height, width);
        pipeline.slot().exchange(sessions.open(new byte[] {1}, "a", settings));
    }

    public void nothingIsAllocatedPerFrame() throws Exception {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        fill(96, 64);
        pipeline.setBlend(0.7f, true);
        YuvFrame frame = frame(161, 121);
        long self = Thread.currentThread().getId();
        for (int i = 0; i < 50; i++) {
            pipeline.paint(frame, 90, true, screen);
        }
        int frames = 200;
        long before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < frames; i++) {
            pipeline.paint(frame, 90, true, screen);
        }
        long each = (threads.getThreadAllocatedBytes(self) - before) / frames;
        Check.that(each == 0, each + " bytes a frame");
        Check.equal(250, shown);
    }

    public void theMeasureOfAllocationsCanFail() throws Exception {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        fill(64, 64);
        YuvFrame frame = frame(64, 64);
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        byte[][] kept = new byte[100][];
        for (int i = 0; i < kept.length; i++) {
            byte[][] place = kept;
            int at = i;
            pipeline.paint(frame, 0, false, (rgba, width, height) -> place[at] = new byte[1000]);
        }
        long each = (threads.getThreadAllocatedBytes(self) - before) / kept.length;
        Check.that(each >= 1000, each + " bytes a frame");
    }

    public void lateFramesAreDroppedAndCounted() throws Exception {
        fill(64, 64);
        YuvFrame frame = frame(64, 64);
        sessions.during = () -> {
            sessions.during = null;
            try {
                // Two frames come while the first is painted.
                Check.that(!pipeline.paint(frame, 0, false, screen), "dropped");
                Check.that(!pipeline.paint(frame, 0, false, screen), "dropped");
            } catch (StyleException error) {
                throw new AssertionError(error);
            }
        };
        Check.that(pipeline.paint(frame, 0, false, screen), "painted");
        Check.equal(2L, pipeline.gate().dropped());
        Check.equal(1L, pipeline.gate().passed());
        Check.equal(1, shown);
        Check.that(pipeline.paint(frame, 0, false, screen), "the gate is open again");
    }

    public void oneFrameIsInFlightWhoeverBringsIt() throws Exception {
        fill(64, 64);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        sessions.during = () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            running.decrementAndGet();
        };
        Throwable[] wrong = new Throwable[1];
        Runnable camera = () -> {
            YuvFrame frame = frame(64, 64);
            try {
                for (int i = 0; i < 300; i++) {
                    pipeline.paint(frame, 0, false, screen);
                }
            } catch (Throwable error) {
                wrong[0] = error;
            }
        };
        Thread[] cameras = {new Thread(camera), new Thread(camera), new Thread(camera)};
        for (Thread thread : cameras) {
            thread.start();
        }
        for (Thread thread : cameras) {
            thread.join();
        }
        Check.equal(null, wrong[0]);
        Check.equal(1, most.get());
        Check.equal(900L, pipeline.gate().passed() + pipeline.gate().dropped());
        Check.equal((int) pipeline.gate().passed(), shown);
    }

    public void withoutANetworkNothingIsShown() throws Exception {
        Check.that(!pipeline.paint(frame(64, 64), 0, false, screen), "no network");
        Check.equal(0, shown);
        Check.that(!pipeline.gate().isBusy(), "the gate is open");
    }

    public void aBrokenFrameClosesNothing() throws Exception {
        fill(64, 64);
        YuvFrame broken = frame(64, 64).size(640, 480);
        Check.refused(
                StyleException.Kind.PICTURE, "640x480",
                () -> pipeline.paint(broken, 0, false, screen));
        Check.that(pipeline.paint(frame(64, 64), 0, false, screen), "the next one is painted");
    }

    public void blendIsWhatTheSlidersSay() throws Exception {
        fill(64, 64);
        int[] grey = new int[1];
        PreviewPipeline.Screen look = (rgba, width, height) -> {
            grey[0] = rgba.get(0) & 0xff;
            Check.equal(255, rgba.get(3) & 0xff);
        };
        YuvFrame frame = frame(64, 64);
        for (int i = 0; i < 64 * 64; i++) {
            frame.y.put(i, (byte) 40);
        }
        for (int i = 0; i < frame.u.capacity(); i++) {
            frame.u.put(i, (byte) 128);
        }
        pipeline.paint(frame, 0, false, look);
        Check.equal(215, grey[0]);
        pipeline.setBlend(0.0f, false);
        pipeline.paint(frame, 0, false, look);
        Check.equal(40, grey[0]);
        Check.mistaken(() -> pipeline.setBlend(1.5f, false));
        Check.mistaken(() -> pipeline.setBlend(Float.NaN, false));
    }

    public void theMeterTellsTheRate() throws Exception {
        RateMeter meter = new RateMeter(4);
        Check.equal(0.0, meter.framesPerSecond());
        for (int i = 0; i < 10; i++) {
            meter.add(i * 40_000_000L, i * 40_000_000L + 15_000_000L);
        }
        Check.equal(25.0, meter.framesPerSecond());
        Check.equal(15.0, meter.milliseconds());
        meter.reset();
        Check.equal(0.0, meter.milliseconds());
        Check.mistaken(() -> new RateMeter(1));
    }
}
