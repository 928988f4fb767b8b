package android.graphics;

import android.content.ContentResolver;
import android.net.Uri;
import android.util.Size;
import java.io.IOException;

/** Compile-only. Level 28. */
public final class ImageDecoder implements AutoCloseable {
    public static final int ALLOCATOR_SOFTWARE = 1;

    private ImageDecoder() {}

    public abstract static class Source {
        private Source() {}
    }

    public static class ImageInfo {
        private ImageInfo() {}

        public Size getSize() {
            throw new RuntimeException("Stub!");
        }
    }

    public interface OnHeaderDecodedListener {
        void onHeaderDecoded(ImageDecoder decoder, ImageInfo info, Source source);
    }

    public static Source createSource(ContentResolver resolver, Uri uri) {
        throw new RuntimeException("Stub!");
    }

    public static Bitmap decodeBitmap(Source source, OnHeaderDecodedListener listener)
            throws IOException {
        throw new RuntimeException("Stub!");
    }

    public void setAllocator(int allocator) {
        throw new RuntimeException("Stub!");
    }

    public void setTargetColorSpace(ColorSpace colorSpace) {
        throw new RuntimeException("Stub!");
    }

    public void setTargetSize(int width, int height) {
        throw new RuntimeException("Stub!");
    }

    @Override
    public void close() {
        throw new RuntimeException("Stub!");
    }
}
