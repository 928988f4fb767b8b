package android.graphics;

import java.io.InputStream;

/** Compile-only. */
public class BitmapFactory {
    public static class Options {
        public boolean inJustDecodeBounds;

        /** Level 26. */
        public ColorSpace inPreferredColorSpace;

        public int inSampleSize;
        public int outHeight;
        public int outWidth;

        public Options() {
            throw new RuntimeException("Stub!");
        }
    }

    public static Bitmap decodeFile(String path) {
        throw new RuntimeException("Stub!");
    }

    public static Bitmap decodeStream(InputStream stream) {
        throw new RuntimeException("Stub!");
    }

    public static Bitmap decodeStream(InputStream stream, Rect padding, Options options) {
        throw new RuntimeException("Stub!");
    }
}
