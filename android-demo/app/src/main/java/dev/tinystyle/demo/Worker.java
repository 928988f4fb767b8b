package dev.tinystyle.demo;

import android.os.Handler;
import android.os.Looper;
import dev.tinystyle.core.StyleException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** One thread for slow work, whose results come back on the main thread while they are wanted. */
final class Worker {
    /** Slow work. */
    abstract static class Job<T> {
        /** On the worker's thread. */
        abstract T work() throws StyleException;

        /** On the main thread. */
        abstract void done(T result);

        /** On the main thread. */
        abstract void failed(StyleException error);
    }

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Handler main = new Handler(Looper.getMainLooper());
    private volatile boolean closed;

    /** Does the work after that which came before. */
    <T> void start(final Job<T> job) {
        if (closed) {
            return; // the thread takes no more
        }
        thread.execute(
                new Runnable() {
                    @Override
                    public void run() {
                        perform(job);
                    }
                });
    }

    /** The activity is going: what is under way ends, and nothing is reported any more. */
    void close() {
        closed = true;
        main.removeCallbacksAndMessages(null);
        thread.shutdown();
    }

    private <T> void perform(final Job<T> job) {
        if (closed) {
            return;
        }
        final T result;
        try {
            result = job.work();
        } catch (StyleException error) {
            report(job, error);
            return;
        } catch (OutOfMemoryError error) {
            report(job, new StyleException(StyleException.Kind.MEMORY, "out of memory", error));
            return;
        }
        post(
                new Runnable() {
                    @Override
                    public void run() {
                        job.done(result);
                    }
                });
    }

    private <T> void report(final Job<T> job, final StyleException error) {
        post(
                new Runnable() {
                    @Override
                    public void run() {
                        job.failed(error);
                    }
                });
    }

    private void post(final Runnable answer) {
        main.post(
                new Runnable() {
                    @Override
                    public void run() {
                        if (!closed) {
                            answer.run();
                        }
                    }
                });
    }
}
