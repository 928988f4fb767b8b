package dev.tinystyle.demo;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import android.graphics.ColorSpace;
import android.graphics.Matrix;
import android.media.ExifInterface;
import android.net.Uri;
import dev.tinystyle.core.Orientation;
import java.io.IOException;
import java.io.InputStream;

/** Decoding on Android 8 (levels 26 and 27), which leaves turning pictures upright to the app. */
final class ClassicDecoder {
    private ClassicDecoder() {}

    static Bitmap decode(ContentResolver resolver, Uri uri, int maxPixels, boolean[] reduced)
            throws IOException {
        BitmapFactory.Options options = new BitmapFactory.Options();
        options.inJustDecodeBounds = true;
        try (InputStream stream = PictureReader.open(resolver, uri)) {
            BitmapFactory.decodeStream(stream, null, options);
        }
        if (options.outWidth <= 0 || options.outHeight <= 0) {
            throw new IOException("it is no picture of a known format");
        }
        int sample = 1; // powers of two: what decoders do exactly
        while ((long) (options.outWidth / sample) * (options.outHeight / sample) > maxPixels) {
            sample *= 2;
        }
        reduced[0] = sample > 1;
        options.inJustDecodeBounds = false;
        options.inSampleSize = sample;
        options.inPreferredColorSpace = ColorSpace.get(ColorSpace.Named.SRGB);
        Bitmap bitmap;
        try (InputStream stream = PictureReader.open(resolver, uri)) {
            bitmap = BitmapFactory.decodeStream(stream, null, options);
        }
        if (bitmap == null) {
            throw new IOException("it is damaged");
        }
        return upright(bitmap, orientation(resolver, uri));
    }

    private static int orientation(ContentResolver resolver, Uri uri) throws IOException {
        try (InputStream stream = PictureReader.open(resolver, uri)) {
            return new ExifInterface(stream)
                    .getAttributeInt(ExifInterface.TAG_ORIENTATION, Orientation.UPRIGHT);
        }
    }

    private static Bitmap upright(Bitmap bitmap, int orientation) {
        float[] values = Orientation.matrix(orientation);
        if (values == null) {
            return bitmap;
        }
        Matrix turn = new Matrix();
        turn.setValues(values);
        Bitmap turned =
                Bitmap.createBitmap(
                        bitmap, 0, 0, bitmap.getWidth(), bitmap.getHeight(), turn, false);
        if (turned != bitmap) {
            bitmap.recycle();
        }
        return turned;
    }
}
