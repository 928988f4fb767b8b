package dev.tinystyle.core;

import java.nio.ByteBuffer;

/** Paints photos of any size by a {@link PaintPlan}. One thread at a time. */
public final class PhotoPainter {
    /** Is told how far it is, and may call it off. On the painting thread. */
    public interface Progress {
        /** @return whether to go on */
        boolean painted(int runs, int ofRuns);
    }

    private final SessionFactory factory;
    private boolean tookMask;

    public PhotoPainter(SessionFactory factory) {
        this.factory = factory;
    }

    /** Whether the network of the last {@link #paint} has regions. */
    public boolean tookMask() {
        return tookMask;
    }

    /**
     * Paints a photo. Opens the network at the plan's size, and closes it.
     *
     * @param rgb {@code height * width * 3} bytes
     * @param mask of the photo; null for none: a network with regions then paints all as the first
     *     one. Networks without regions do not look at it
     * @return as many bytes, or null if it was called off
     */
    public byte[] paint(
            byte[] model, String label, Provider provider, int threads, byte[] rgb, int height,
            int width, RegionMask mask, PaintPlan plan, Progress progress)
            throws StyleException {
        if (mask != null) {
            mask.requireFit(height, width);
        }
        require(plan, rgb, height, width);
        if (!progress.painted(0, plan.runs())) {
            return null;
        }
        boolean scaled = plan.way() == PaintPlan.Way.SCALED;
        byte[] small = !scaled ? null : Resampler.resize(
                rgb, plan.width(), 0, 0, plan.height(), plan.width(), plan.paintHeight(),
                plan.paintWidth());
        byte[] painted;
        StyleSession session = factory.open(
                model, label,
                new SessionSettings(provider, threads, plan.paintHeight(), plan.paintWidth()));
        try {
            tookMask = session.mask() != null;
            if (tookMask && mask != null) {
                if (plan.runs() > 1) {
                    throw new StyleException(
                            StyleException.Kind.OPTION,
                            label + ": regions are not painted in tiles");
                }
                mask.fill(session.mask(), plan.paintHeight(), plan.paintWidth());
            }
            if (!scaled) {
                return tiles(session, rgb, plan, progress);
            }
            session.input().clear();
            session.input().put(small);
            session.run();
            painted = new byte[small.length];
            session.output().clear();
            session.output().get(painted);
        } finally {
            session.close(); // before the enlarged picture needs its memory
        }
        return enlarged(painted, small, rgb, plan, progress);
    }

    /** Raises an error where a plan is for another picture. */
    static void require(PaintPlan plan, byte[] rgb, int height, int width) throws StyleException {
        if (plan.height() != height || plan.width() != width || rgb.length != height * width * 3) {
            throw new StyleException(
                    StyleException.Kind.PICTURE,
                    "the plan is for " + plan.height() + "x" + plan.width() + ", the picture is "
                            + height + "x" + width + " of " + rgb.length + " bytes");
        }
    }

    /** A painting at the size of the photo, or null if it was called off. */
    private static byte[] enlarged(
            byte[] painted, byte[] small, byte[] rgb, PaintPlan plan, Progress progress) {
        int height = plan.height();
        int width = plan.width();
        if (plan.paintHeight() >= height || plan.paintWidth() >= width) {
            return !progress.painted(1, 1) ? null : Resampler.resize(
                    painted, plan.paintWidth(), 0, 0, plan.paintHeight(), plan.paintWidth(), height,
                    width);
        }
        GuidedEnlargement enlargement = new GuidedEnlargement(
                painted, small, plan.paintHeight(), plan.paintWidth(), height, width);
        byte[] result = new byte[rgb.length];
        int most = PhotoMemory.bandRows(height, width);
        for (int top = 0; top < height; top += most) {
            if (!progress.painted(1, 1)) {
                return null;
            }
            enlargement.rows(top, Math.min(most, height - top), rgb, result);
        }
        return result;
    }

    private static byte[] tiles(
            StyleSession session, byte[] rgb, PaintPlan plan, Progress progress)
            throws StyleException {
        byte[] result = new byte[rgb.length];
        for (int run = 0; run < plan.runs(); run++) {
            fill(session.input(), rgb, plan, run);
            session.run();
            take(session.output(), result, plan, run);
            if (!progress.painted(run + 1, plan.runs())) {
                return null;
            }
        }
        return result;
    }

    /** What a run's tile has of the picture, without what it shares with its neighbours. */
    static void take(ByteBuffer output, byte[] result, PaintPlan plan, int run) {
        output.clear();
        int left = plan.seamLeft(run);
        int count = (plan.seamRight(run) - left) * 3;
        for (int row = plan.seamTop(run); row < plan.seamBottom(run); row++) {
            int inside = (row - plan.top(run)) * plan.paintWidth() + left - plan.left(run);
            output.position(inside * 3);
            output.get(result, (row * plan.width() + left) * 3, count);
        }
        output.clear();
    }

    /** A tile; what lies beyond a small picture repeats its last row and column. */
    static void fill(ByteBuffer input, byte[] rgb, PaintPlan plan, int run) {
        input.clear();
        int width = plan.width();
        int present = Math.min(plan.paintWidth(), width - plan.left(run));
        for (int y = 0; y < plan.paintHeight(); y++) {
            int row = Math.min(plan.top(run) + y, plan.height() - 1);
            int from = (row * width + plan.left(run)) * 3;
            input.put(rgb, from, present * 3);
            for (int x = present; x < plan.paintWidth(); x++) {
                input.put(rgb, from + (present - 1) * 3, 3);
            }
        }
        input.clear();
    }
}
