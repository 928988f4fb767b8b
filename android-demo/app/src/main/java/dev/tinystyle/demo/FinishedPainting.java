package dev.tinystyle.demo;

import android.graphics.Bitmap;
import dev.tinystyle.core.PaintingFormat;
import dev.tinystyle.core.PhotoFacts;
import java.io.IOException;
import java.io.OutputStream;

/** A painting as it is to be written: JPEG, or PNG where it is transparent. */
final class FinishedPainting {
    private static final int QUALITY = 95; // of JPEG; PNG loses nothing

    final PaintingFormat format;
    private final Bitmap bitmap;
    private final PhotoFacts facts;

    /** @param bitmap in sRGB; {@link #close} recycles it */
    FinishedPainting(Bitmap bitmap, PaintingFormat format, PhotoFacts facts) {
        this.bitmap = bitmap;
        this.format = format;
        this.facts = facts;
    }

    /** Encodes it. Closes the stream. */
    void writeTo(OutputStream stream) throws IOException {
        Bitmap.CompressFormat form =
                format == PaintingFormat.PNG
                        ? Bitmap.CompressFormat.PNG
                        : Bitmap.CompressFormat.JPEG;
        try (OutputStream whole = format.with(facts, stream)) {
            if (!bitmap.compress(form, QUALITY, whole)) {
                throw new IOException("it cannot be encoded");
            }
        }
    }

    /** Gives the memory of its pixels back. */
    void close() {
        bitmap.recycle();
    }
}
