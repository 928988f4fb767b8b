package dev.tinystyle.core;

import java.nio.LongBuffer;

/**
 * Paints a photo in tiles that fit exactly, as if at once: each norm is given the statistics of the
 * whole photo, which are measured over all tiles before, one norm after another. The same as
 * tinystyle.runtime.given in Python. One thread at a time.
 */
public final class TilePainter {
    /** Pixels of a tile that are enough: what lies around it is then a fifth of the work. */
    public static final int MOST_PIXELS = 3 << 19;

    private final SessionFactory factory;

    public TilePainter(SessionFactory factory) {
        this.factory = factory;
    }

    /** What is the same for all tiles and norms. */
    private static final class Job {
        final String label;
        final byte[] rgb;
        final PaintPlan plan;
        final PhotoPainter.Progress progress;
        final int work;
        final float[] statistics;
        int done;

        Job(
                TileNetworks networks, String label, byte[] rgb, PaintPlan plan,
                PhotoPainter.Progress progress)
                throws StyleException {
            this.label = label;
            this.rgb = rgb;
            this.plan = plan;
            this.progress = progress;
            int sum = TileNetworks.PAINTING;
            for (int norm = 0; norm < networks.norms(); norm++) {
                sum += networks.work(norm);
            }
            work = sum * plan.runs();
            statistics = new float[2 * networks.channels()];
            for (int k = networks.channels(); k < statistics.length; k++) {
                statistics[k] = 1.0f; // variances to begin with
            }
        }

        /** Computes a tile; whether it was not called off. */
        boolean run(TileSession session, int run, int cost) throws StyleException {
            PhotoPainter.fill(session.input(), rgb, plan, run);
            LongBuffer core = session.core();
            core.put(0, plan.seamTop(run) - plan.top(run));
            core.put(1, plan.seamLeft(run) - plan.left(run));
            core.put(2, plan.coreBottom(run) - plan.top(run));
            core.put(3, plan.coreRight(run) - plan.left(run));
            session.run();
            done += cost;
            return progress.painted(done, work);
        }
    }

    /**
     * Paints a photo.
     *
     * @param label names the style in messages
     * @param rgb {@code height * width * 3} bytes
     * @param plan of tiles, of {@link #MOST_PIXELS} at most
     * @param progress is told shares of the work
     * @return as many bytes, or null if it was called off
     */
    public byte[] paint(
            TileNetworks networks, String label, Provider provider, int threads, byte[] rgb,
            PaintPlan plan, PhotoPainter.Progress progress)
            throws StyleException {
        PhotoPainter.require(plan, rgb, plan.height(), plan.width());
        Job job = new Job(networks, label, rgb, plan, progress);
        SessionSettings settings =
                new SessionSettings(provider, threads, plan.paintHeight(), plan.paintWidth());
        if (!progress.painted(0, job.work)) {
            return null;
        }
        int first = 0;
        for (int norm = 0; norm < networks.norms(); norm++) {
            if (!measure(networks, norm, first, job, settings)) {
                return null;
            }
            first += networks.channels(norm);
        }
        TileSession session =
                factory.openTiles(networks.painting(), label, settings, networks.channels(), 0);
        try {
            give(session, job);
            byte[] result = new byte[rgb.length];
            for (int run = 0; run < plan.runs(); run++) {
                boolean wanted = job.run(session, run, TileNetworks.PAINTING);
                PhotoPainter.take(session.output(), result, plan, run);
                if (!wanted) {
                    return null;
                }
            }
            return result;
        } finally {
            session.close();
        }
    }

    /** A norm's statistics over all tiles; whether it was not called off. */
    private boolean measure(
            TileNetworks networks, int norm, int first, Job job, SessionSettings settings)
            throws StyleException {
        int channels = networks.channels(norm);
        TileStatistics found = new TileStatistics(channels);
        TileSession session = factory.openTiles(
                networks.measuring(norm), job.label, settings, networks.channels(), channels);
        try {
            give(session, job);
            for (int run = 0; run < job.plan.runs(); run++) {
                if (!job.run(session, run, networks.work(norm))) {
                    return false;
                }
                found.add(session.measured());
            }
        } finally {
            session.close();
        }
        found.fill(job.statistics, first);
        return true;
    }

    private static void give(TileSession session, Job job) {
        session.statistics().clear();
        session.statistics().put(job.statistics);
    }
}
