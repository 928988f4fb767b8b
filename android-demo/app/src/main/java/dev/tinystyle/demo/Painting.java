package dev.tinystyle.demo;

import android.graphics.Bitmap;
import dev.tinystyle.core.ColorBlend;
import dev.tinystyle.core.PaintingFormat;
import dev.tinystyle.core.PhotoFacts;
import dev.tinystyle.core.PhotoMemory;
import dev.tinystyle.core.PixelPacking;
import dev.tinystyle.core.Resampler;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A painted photo beside the photo itself, so that strength and colours can be changed without
 * painting again. One thread at a time.
 */
final class Painting {
    private final RgbPicture photo;
    private final byte[] painted;
    private final ColorBlend blend = new ColorBlend();

    /** @param painted as many bytes as the photo has */
    Painting(RgbPicture photo, byte[] painted) {
        this.photo = photo;
        this.painted = painted;
    }

    /** The same, with its longer side at most {@code longest} pixels: for the screen. */
    Painting smaller(int longest) {
        double factor = (double) longest / Math.max(photo.height, photo.width);
        if (factor >= 1.0) {
            return this;
        }
        int height = Math.max(1, (int) Math.rint(photo.height * factor));
        int width = Math.max(1, (int) Math.rint(photo.width * factor));
        byte[] alpha =
                photo.alpha == null
                        ? null
                        : Resampler.resizePlane(
                                photo.alpha, photo.height, photo.width, height, width);
        RgbPicture small =
                new RgbPicture(
                        resized(photo.rgb, height, width),
                        alpha,
                        height,
                        width,
                        photo.reduced,
                        photo.facts);
        return new Painting(small, resized(painted, height, width));
    }

    private byte[] resized(byte[] rgb, int height, int width) {
        return Resampler.resize(
                rgb, photo.width, 0, 0, photo.height, photo.width, height, width);
    }

    /** What it is to be written as. */
    PaintingFormat format() {
        return PaintingFormat.of(photo.alpha != null);
    }

    /** Of the photo, for the painting's file. */
    PhotoFacts facts() {
        return photo.facts;
    }

    /**
     * As the sliders say, as transparent as the photo. Works in bands, so that beside the bitmap
     * nothing of the picture's size is allocated.
     */
    Bitmap render(float strength, boolean keepColor) {
        int width = photo.width;
        Bitmap bitmap = Bitmap.createBitmap(width, photo.height, Bitmap.Config.ARGB_8888);
        bitmap.setHasAlpha(photo.alpha != null);
        int most = PhotoMemory.bandRows(photo.height, width);
        byte[] band = new byte[3 * width * most];
        byte[] original = new byte[3 * width * most];
        int[] colors = new int[width * most];
        for (int top = 0; top < photo.height; top += most) {
            int rows = Math.min(most, photo.height - top);
            int bytes = 3 * width * rows;
            System.arraycopy(painted, 3 * width * top, band, 0, bytes);
            System.arraycopy(photo.rgb, 3 * width * top, original, 0, bytes);
            blend.apply(
                    ByteBuffer.wrap(band),
                    ByteBuffer.wrap(original),
                    width * rows,
                    strength,
                    keepColor);
            PixelPacking.toArgb(band, transparency(top, rows), 0, colors, 0, width * rows);
            bitmap.setPixels(colors, 0, width, 0, top, width, rows);
        }
        return bitmap;
    }

    private byte[] transparency(int top, int rows) {
        int from = top * photo.width;
        return photo.alpha == null
                ? null
                : Arrays.copyOfRange(photo.alpha, from, from + rows * photo.width);
    }

    /** RGB bytes as an opaque bitmap. */
    static Bitmap toBitmap(byte[] rgb, int height, int width) {
        int[] colors = new int[height * width];
        PixelPacking.toArgb(rgb, null, 0, colors, 0, height * width);
        return Bitmap.createBitmap(colors, width, height, Bitmap.Config.ARGB_8888);
    }
}
