package dev.tinystyle.demo;

import android.content.Context;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.graphics.Matrix;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.View;
import dev.tinystyle.core.PreviewPipeline;
import java.nio.ByteBuffer;

/**
 * Shows painted pictures, whole and in the middle.
 *
 * <p>Three bitmaps take turns: one is on the screen, one may still be on its way there, one is
 * written by the painting thread. They are made when the size changes, not per frame.
 */
public final class PaintedView extends View implements PreviewPipeline.Screen {
    private static final int BITMAPS = 3;

    private final Paint smooth = new Paint(Paint.FILTER_BITMAP_FLAG);
    private final Matrix placed = new Matrix();
    private final Bitmap[] turns = new Bitmap[BITMAPS];
    private int next;
    private Bitmap shown; // guarded by this

    public PaintedView(Context context, AttributeSet attributes) {
        super(context, attributes);
    }

    /** On the painting thread. */
    @Override
    public void show(ByteBuffer rgba, int width, int height) {
        Bitmap bitmap = turns[next];
        if (bitmap == null || bitmap.getWidth() != width || bitmap.getHeight() != height) {
            bitmap = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888);
            turns[next] = bitmap;
        }
        next = (next + 1) % BITMAPS;
        bitmap.copyPixelsFromBuffer(rgba);
        put(bitmap);
    }

    /** Shows a picture, or nothing for null. Any thread. */
    void put(Bitmap bitmap) {
        synchronized (this) {
            shown = bitmap;
        }
        postInvalidate();
    }

    @Override
    protected void onDraw(Canvas canvas) {
        Bitmap bitmap;
        synchronized (this) {
            bitmap = shown;
        }
        if (bitmap == null) {
            return;
        }
        float across = (float) getWidth() / bitmap.getWidth();
        float scale = Math.min(across, (float) getHeight() / bitmap.getHeight());
        placed.setScale(scale, scale);
        placed.postTranslate(
                (getWidth() - scale * bitmap.getWidth()) / 2f,
                (getHeight() - scale * bitmap.getHeight()) / 2f);
        canvas.drawBitmap(bitmap, placed, smooth);
    }
}
