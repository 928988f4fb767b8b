package dev.tinystyle.demo;

import android.annotation.TargetApi;
import android.content.ContentResolver;
import android.graphics.Bitmap;
import android.graphics.ColorSpace;
import android.graphics.ImageDecoder;
import android.net.Uri;
import android.os.Build;
import android.util.Size;
import java.io.IOException;

/**
 * Decoding since Android 9 (level 28), which turns pictures upright by itself. A class of its own,
 * since older devices do not have the classes that it names.
 */
@TargetApi(Build.VERSION_CODES.P)
final class ModernDecoder {
    private ModernDecoder() {}

    static Bitmap decode(
            ContentResolver resolver, Uri uri, final int maxPixels, final boolean[] reduced)
            throws IOException {
        return ImageDecoder.decodeBitmap(
                ImageDecoder.createSource(resolver, uri),
                new ImageDecoder.OnHeaderDecodedListener() {
                    @Override
                    public void onHeaderDecoded(
                            ImageDecoder decoder,
                            ImageDecoder.ImageInfo info,
                            ImageDecoder.Source source) {
                        // In memory that can be read; the default may be the graphics card's.
                        decoder.setAllocator(ImageDecoder.ALLOCATOR_SOFTWARE);
                        // Display P3 and the like: its numbers mean other colours.
                        decoder.setTargetColorSpace(ColorSpace.get(ColorSpace.Named.SRGB));
                        Size size = info.getSize();
                        double factor =
                                PictureReader.shrink(size.getHeight(), size.getWidth(), maxPixels);
                        if (factor < 1.0) {
                            reduced[0] = true;
                            decoder.setTargetSize(
                                    Math.max(1, (int) (size.getWidth() * factor)),
                                    Math.max(1, (int) (size.getHeight() * factor)));
                        }
                    }
                });
    }
}
