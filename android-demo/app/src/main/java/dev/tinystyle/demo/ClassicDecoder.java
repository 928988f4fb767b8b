package dev.tinystyle.demo;

import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import android.graphics.Matrix;
import android.media.ExifInterface;
import android.net.Uri;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

/** Decoding on Android 8 (levels 26 and 27), which leaves turning pictures upright to the app. */
final class ClassicDecoder {
    private ClassicDecoder() {}

    static Bitmap decode(ContentResolver resolver, Uri uri, int maxPixels, boolean[] reduced)
            throws IOException {
        BitmapFactory.Options options = new BitmapFactory.Options();
        options.inJustDecodeBounds = true;
        try (InputStream stream = open(resolver, uri)) {
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
        Bitmap bitmap;
        try (InputStream stream = open(resolver, uri)) {
            bitmap = BitmapFactory.decodeStream(stream, null, options);
        }
        if (bitmap == null) {
            throw new IOException("it is damaged");
        }
        return upright(bitmap, orientation(resolver, uri));
    }

    private static InputStream open(ContentResolver resolver, Uri uri) throws IOException {
        InputStream stream = resolver.openInputStream(uri);
        if (stream == null) {
            throw new FileNotFoundException("its app does not give it");
        }
        return stream;
    }

    private static int orientation(ContentResolver resolver, Uri uri) throws IOException {
        try (InputStream stream = open(resolver, uri)) {
            return new ExifInterface(stream)
                    .getAttributeInt(
                            ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL);
        }
    }

    private static Bitmap upright(Bitmap bitmap, int orientation) {
        Matrix turn = new Matrix();
        switch (orientation) {
            case ExifInterface.ORIENTATION_FLIP_HORIZONTAL:
                turn.setScale(-1, 1);
                break;
            case ExifInterface.ORIENTATION_ROTATE_180:
                turn.setRotate(180);
                break;
            case ExifInterface.ORIENTATION_FLIP_VERTICAL:
                turn.setScale(1, -1);
                break;
            case ExifInterface.ORIENTATION_TRANSPOSE:
                turn.setRotate(90);
                turn.postScale(-1, 1);
                break;
            case ExifInterface.ORIENTATION_ROTATE_90:
                turn.setRotate(90);
                break;
            case ExifInterface.ORIENTATION_TRANSVERSE:
                turn.setRotate(270);
                turn.postScale(-1, 1);
                break;
            case ExifInterface.ORIENTATION_ROTATE_270:
                turn.setRotate(270);
                break;
            default:
                return bitmap;
        }
        Bitmap turned =
                Bitmap.createBitmap(
                        bitmap, 0, 0, bitmap.getWidth(), bitmap.getHeight(), turn, false);
        bitmap.recycle();
        return turned;
    }
}
