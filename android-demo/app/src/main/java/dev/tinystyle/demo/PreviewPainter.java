package dev.tinystyle.demo;

import dev.tinystyle.core.ModelSwitcher;
import dev.tinystyle.core.PreviewPipeline;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;

/** Which network paints the camera's picture, and at which size. Main thread. */
final class PreviewPainter {
    /** Phones have about four fast cores; slow ones would hold the fast ones up. Not measured. */
    private static final int MOST_THREADS = 4;

    /** Runs every operator on every device. Others: measure with `bench --target android` first. */
    static final Provider PROVIDER = Provider.CPU;

    /** Is told what became of a choice. Main thread. */
    interface Listener {
        void painterReady();

        void painterFailed(StyleException error);
    }

    private final PreviewPipeline pipeline = new PreviewPipeline();
    private final Worker worker;
    private final StyleLibrary library;
    private final ModelSwitcher switcher;
    private final Listener listener;

    PreviewPainter(
            Worker worker, StyleLibrary library, SessionFactory sessions, Listener listener) {
        this.worker = worker;
        this.library = library;
        this.listener = listener;
        switcher = new ModelSwitcher(sessions, pipeline.slot());
    }

    static int threads() {
        return Math.max(1, Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
    }

    PreviewPipeline pipeline() {
        return pipeline;
    }

    /** Whether the network that is open has regions, all of them now the first one. */
    boolean takesMask() {
        return pipeline.slot().takesMask();
    }

    /** Opens a network; until it is open, the one before paints on. */
    void choose(final Style style, final int height, final int width) {
        final long ticket = switcher.choose();
        worker.start(
                new Worker.Job<Boolean>() {
                    @Override
                    Boolean work() throws StyleException {
                        return switcher.open(
                                ticket,
                                library.model(style),
                                style.title,
                                new SessionSettings(PROVIDER, threads(), height, width));
                    }

                    @Override
                    void done(Boolean placed) {
                        if (placed) {
                            pipeline.meter().reset();
                            listener.painterReady();
                        }
                    }

                    @Override
                    void failed(StyleException error) {
                        listener.painterFailed(error);
                    }
                });
    }

    /** Gives the network's memory back; {@link #choose} brings it again. */
    void release() {
        switcher.release();
        pipeline.meter().reset();
    }
}
