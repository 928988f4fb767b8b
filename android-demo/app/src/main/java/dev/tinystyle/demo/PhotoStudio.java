package dev.tinystyle.demo;

import android.app.ActivityManager;
import android.content.Context;
import android.net.Uri;
import dev.tinystyle.core.FittingPainter;
import dev.tinystyle.core.PaintPlan;
import dev.tinystyle.core.PhotoMemory;
import dev.tinystyle.core.PhotoPainter;
import dev.tinystyle.core.RegionMask;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.Strokes;
import dev.tinystyle.core.StyleException;

/** Paints a photo as large as the device's memory allows. Slow: for a worker thread. */
final class PhotoStudio {
    /** Longer side on the screen, in pixels. */
    private static final int SHOWN_SIDE = 1280;

    /** What was painted. */
    static final class Result {
        final Painting full;

        /** For the screen. */
        final Painting shown;

        /** What the user should know of the size; null for nothing. */
        final String caveat;

        Result(Painting full, String caveat) {
            this.full = full;
            this.caveat = caveat;
            shown = full.smaller(SHOWN_SIDE);
        }
    }

    private final Context context;
    private final StyleLibrary library;
    private final SessionFactory sessions;

    PhotoStudio(Context context, StyleLibrary library, SessionFactory sessions) {
        this.context = context.getApplicationContext();
        this.library = library;
        this.sessions = sessions;
    }

    /**
     * Reads and paints a photo. Null if {@code progress} called it off.
     *
     * @param over its mask, for a style with regions; null for none
     */
    Result paint(
            Uri photo, Uri over, Style style, Strokes strokes, PhotoPainter.Progress progress)
            throws StyleException {
        if (!progress.painted(0, 1)) {
            return null;
        }
        RgbPicture read =
                new PictureReader(context.getContentResolver()).read(photo, pixelsToRead());
        RegionMask mask = over == null ? null : mask(over);
        FittingPainter painter =
                new FittingPainter(
                        sessions, library, PreviewPainter.PROVIDER, PreviewPainter.threads());
        byte[] painted =
                painter.paint(
                        library.model(style),
                        style.title,
                        read.rgb,
                        read.height,
                        read.width,
                        mask,
                        strokes,
                        pixelsAtOnce(),
                        progress);
        if (painted == null) {
            return null;
        }
        String caveat = caveat(read, painter.plan(), strokes);
        if (painter.tookMask() != (mask != null)) {
            int words = mask == null ? R.string.no_mask : R.string.no_regions;
            String regions = context.getString(words);
            caveat = caveat == null ? regions : regions + "\n" + caveat;
        }
        return new Result(new Painting(read, painted), caveat);
    }

    private RegionMask mask(Uri over) throws StyleException {
        RgbPicture read =
                new PictureReader(context.getContentResolver()).read(over, pixelsToRead());
        boolean changed = read.reduced || read.alpha != null;
        return RegionMask.of(read.rgb, read.height, read.width, changed);
    }

    private String caveat(RgbPicture read, PaintPlan plan, Strokes strokes) {
        if (plan.limited()) {
            int words = strokes == Strokes.FINE ? R.string.scaled_fine : R.string.scaled;
            return context.getString(
                    words,
                    plan.paintWidth(), plan.paintHeight(), plan.width(), plan.height());
        }
        return read.reduced ? context.getString(R.string.reduced, read.width, read.height) : null;
    }

    private static int pixelsToRead() {
        Runtime heap = Runtime.getRuntime();
        long used = heap.totalMemory() - heap.freeMemory();
        return PhotoMemory.readable(heap.maxMemory() - used);
    }

    private int pixelsAtOnce() {
        ActivityManager.MemoryInfo memory = new ActivityManager.MemoryInfo();
        context.getSystemService(ActivityManager.class).getMemoryInfo(memory);
        return PhotoMemory.paintable(memory.availMem - memory.threshold);
    }
}
