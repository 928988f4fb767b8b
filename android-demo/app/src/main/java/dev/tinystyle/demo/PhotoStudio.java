package dev.tinystyle.demo;

import android.app.ActivityManager;
import android.content.Context;
import android.net.Uri;
import dev.tinystyle.core.PaintPlan;
import dev.tinystyle.core.PhotoPainter;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.StyleException;

/** Paints a photo as large as the device's memory allows. Slow: for a worker thread. */
final class PhotoStudio {
    /** 16 megapixels: the photo and its painting then take 96 MB of the app's heap. */
    private static final int MAX_PIXELS = 1 << 24;

    /** What onnxruntime took per pixel of one painting, on a computer, up to 12 megapixels. */
    private static final int BYTES_PER_PIXEL = 170;

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

    /** Reads and paints a photo. Null if {@code progress} called it off. */
    Result paint(Uri photo, Style style, PhotoPainter.Progress progress) throws StyleException {
        if (!progress.painted(0, 1)) {
            return null;
        }
        RgbPicture read = new PictureReader(context.getContentResolver()).read(photo, MAX_PIXELS);
        // Not local: the networks of android-assets have instance norms, which see the whole.
        PaintPlan plan = PaintPlan.of(read.height, read.width, false, pixelsAtOnce());
        byte[] painted =
                new PhotoPainter(sessions)
                        .paint(
                                library.model(style),
                                style.title,
                                PreviewPainter.PROVIDER,
                                PreviewPainter.threads(),
                                read.rgb,
                                read.height,
                                read.width,
                                plan,
                                progress);
        return painted == null ? null : new Result(new Painting(read, painted), caveat(read, plan));
    }

    private String caveat(RgbPicture read, PaintPlan plan) {
        if (plan.caveat() != null) {
            return plan.caveat();
        }
        return read.reduced ? context.getString(R.string.reduced, read.width, read.height) : null;
    }

    /** Half of the memory that is free now. */
    private int pixelsAtOnce() {
        ActivityManager.MemoryInfo memory = new ActivityManager.MemoryInfo();
        context.getSystemService(ActivityManager.class).getMemoryInfo(memory);
        long free = Math.max(0L, memory.availMem - memory.threshold);
        long pixels = free / 2 / BYTES_PER_PIXEL;
        return (int) Math.max(PaintPlan.MIN_PIXELS, Math.min(MAX_PIXELS, pixels));
    }
}
