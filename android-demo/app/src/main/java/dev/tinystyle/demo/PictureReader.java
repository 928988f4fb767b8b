package dev.tinystyle.demo;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.net.Uri;
import android.os.Build;
import dev.tinystyle.core.PixelPacking;
import dev.tinystyle.core.StyleException;
import java.io.IOException;

/** Pictures of other apps, which are not trusted, as upright RGB bytes. */
final class PictureReader {
    private final ContentResolver resolver;

    PictureReader(ContentResolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Decodes a picture. Slow: for a worker thread.
     *
     * @param maxPixels a larger one is decoded to at most so many
     * @throws StyleException where it cannot be read or is no picture
     */
    RgbPicture read(Uri uri, int maxPixels) throws StyleException {
        boolean[] reduced = {false};
        Bitmap bitmap;
        try {
            bitmap =
                    Build.VERSION.SDK_INT >= Build.VERSION_CODES.P
                            ? ModernDecoder.decode(resolver, uri, maxPixels, reduced)
                            : ClassicDecoder.decode(resolver, uri, maxPixels, reduced);
        } catch (IOException error) {
            throw unreadable(error);
        } catch (RuntimeException error) {
            // The picture comes from another app's provider: what it throws reaches us.
            throw unreadable(error);
        }
        try {
            return new RgbPicture(
                    toRgb(bitmap), bitmap.getHeight(), bitmap.getWidth(), reduced[0]);
        } finally {
            bitmap.recycle();
        }
    }

    /** By what factor the sides of a picture shrink so that it has at most {@code maxPixels}. */
    static double shrink(long height, long width, int maxPixels) {
        return Math.min(1.0, Math.sqrt((double) maxPixels / ((double) height * width)));
    }

    private static byte[] toRgb(Bitmap bitmap) {
        int height = bitmap.getHeight();
        int width = bitmap.getWidth();
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(height, width), 3)];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            bitmap.getPixels(row, 0, width, 0, y, width, 1);
            PixelPacking.fromArgb(row, 0, rgb, y * width * 3, width);
        }
        return rgb;
    }

    private static StyleException unreadable(Exception error) {
        return new StyleException(
                StyleException.Kind.PICTURE,
                "The picture cannot be read (" + StyleException.reason(error) + ").",
                error);
    }
}
