package dev.tinystyle.demo;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.media.ExifInterface;
import android.net.Uri;
import android.os.Build;
import android.util.Log;
import dev.tinystyle.core.PhotoFacts;
import dev.tinystyle.core.PictureKind;
import dev.tinystyle.core.PictureRows;
import dev.tinystyle.core.StyleException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Pictures of other apps, which are not trusted, as upright bytes of sRGB. */
final class PictureReader {
    private static final String TAG = "tinystyle";

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
            throw unreadable(uri, error);
        } catch (RuntimeException error) {
            // The picture comes from another app's provider: what it throws reaches us.
            throw unreadable(uri, error);
        }
        try {
            PictureRows rows = rows(bitmap);
            return new RgbPicture(
                    rows.rgb(),
                    rows.alpha(),
                    bitmap.getHeight(),
                    bitmap.getWidth(),
                    reduced[0],
                    facts(uri));
        } finally {
            bitmap.recycle();
        }
    }

    /** By what factor the sides of a picture shrink so that it has at most {@code maxPixels}. */
    static double shrink(long height, long width, int maxPixels) {
        return Math.min(1.0, Math.sqrt((double) maxPixels / ((double) height * width)));
    }

    private static PictureRows rows(Bitmap bitmap) {
        int width = bitmap.getWidth();
        PictureRows rows = new PictureRows(bitmap.getHeight(), width);
        int[] row = new int[width];
        for (int y = 0; y < bitmap.getHeight(); y++) {
            bitmap.getPixels(row, 0, width, 0, y, width, 1);
            rows.add(row);
        }
        return rows;
    }

    /** Opens a file of another app. */
    static InputStream open(ContentResolver resolver, Uri uri) throws IOException {
        InputStream stream = resolver.openInputStream(uri);
        if (stream == null) {
            throw new FileNotFoundException("its app does not give it");
        }
        return stream;
    }

    /** None where they cannot be read: the picture could. */
    private PhotoFacts facts(Uri uri) {
        try (InputStream stream = open(resolver, uri)) {
            final ExifInterface exif = new ExifInterface(stream);
            return PhotoFacts.of(
                    new PhotoFacts.Source() {
                        @Override
                        public String get(String name) {
                            return exif.getAttribute(name);
                        }
                    });
        } catch (IOException error) {
            return withoutFacts(error);
        } catch (RuntimeException error) { // of the other app, or of damaged EXIF
            return withoutFacts(error);
        }
    }

    private static PhotoFacts withoutFacts(Exception error) {
        Log.i(TAG, "no facts of the photo: " + error.getMessage());
        return PhotoFacts.NONE;
    }

    private StyleException unreadable(Uri uri, Exception error) {
        String kind = null;
        try (InputStream stream = open(resolver, uri)) {
            byte[] head = new byte[PictureKind.HEAD_BYTES];
            int count = 0;
            int more = 0;
            while (more >= 0 && count < head.length) {
                count += more;
                more = stream.read(head, count, head.length - count);
            }
            kind = PictureKind.unreadable(Arrays.copyOf(head, count));
        } catch (IOException gone) {
            Log.i(TAG, "cannot be read at all: " + gone.getMessage());
        } catch (RuntimeException refused) {
            Log.i(TAG, "cannot be read at all: " + refused.getMessage());
        }
        return new StyleException(
                StyleException.Kind.PICTURE,
                "The picture cannot be read ("
                        + (kind == null ? StyleException.reason(error) : kind)
                        + ").",
                error);
    }
}
