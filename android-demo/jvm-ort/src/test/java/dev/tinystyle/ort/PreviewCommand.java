package dev.tinystyle.ort;

import ai.onnxruntime.Handles;
import com.sun.management.ThreadMXBean;
import dev.tinystyle.core.ModelSwitcher;
import dev.tinystyle.core.PreviewPipeline;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.YuvFrame;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A camera's grey frames, painted as the app paints them, by onnxruntime. Before each of the first
 * the network is changed; every third one is damaged, and the one before paints on.
 */
final class PreviewCommand {
    private static final int CHANGES = 12;
    private static final int FRAMES = 20;

    private PreviewCommand() {}

    /** preview FIRST SECOND DAMAGED HEIGHT WIDTH GREY RESULT. */
    static String run(OrtSessions sessions, String[] words) throws Exception {
        int height = Integer.parseInt(words[4]);
        int width = Integer.parseInt(words[5]);
        SessionSettings settings = new SessionSettings(Provider.CPU, 1, height, width);
        PreviewPipeline pipeline = new PreviewPipeline();
        ModelSwitcher switcher = new ModelSwitcher(sessions, pipeline.slot());
        YuvFrame frame = grey(read(words[6]), height, width);
        byte[] rgba = new byte[4 * height * width];
        PreviewPipeline.Screen screen = (pixels, wide, high) -> pixels.get(0, rgba);
        int refused = 0;
        int most = 0;
        for (int i = 0; i < CHANGES; i++) {
            try {
                switcher.open(switcher.choose(), read(words[1 + i % 3]), "style", settings);
            } catch (StyleException error) {
                refused++;
            }
            pipeline.paint(frame, 0, false, screen);
            most = Math.max(most, Handles.open());
        }
        switcher.open(switcher.choose(), read(words[1]), "style", settings);
        long each = 0;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        for (int i = 0; i < FRAMES; i++) {
            long before = threads.getThreadAllocatedBytes(self);
            pipeline.paint(frame, 0, false, screen);
            each = threads.getThreadAllocatedBytes(self) - before;
        }
        switcher.release();
        Files.write(Path.of(words[7]), rgba);
        return pipeline.gate().passed() + " painted, " + refused + " refused, handles " + most
                + " then " + Handles.open() + ", bytes " + each;
    }

    private static YuvFrame grey(byte[] luma, int height, int width) {
        int stride = (width + 1) / 2;
        ByteBuffer neutral = ByteBuffer.allocateDirect((height + 1) / 2 * stride);
        while (neutral.hasRemaining()) {
            neutral.put((byte) 128);
        }
        neutral.rewind();
        return new YuvFrame()
                .size(width, height)
                .y(ByteBuffer.allocateDirect(luma.length).put(0, luma), width, 1)
                .u(neutral, stride, 1)
                .v(neutral.duplicate(), stride, 1);
    }

    private static byte[] read(String name) throws IOException {
        return Files.readAllBytes(Path.of(name));
    }
}
