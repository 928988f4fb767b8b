package android.media;

import java.io.IOException;
import java.io.InputStream;

/** Compile-only. */
public class ExifInterface {
    public static final String TAG_ORIENTATION = "Orientation";

    /** Level 24. */
    public ExifInterface(InputStream stream) throws IOException {
        throw new RuntimeException("Stub!");
    }

    public String getAttribute(String tag) {
        throw new RuntimeException("Stub!");
    }

    public int getAttributeInt(String tag, int defaultValue) {
        throw new RuntimeException("Stub!");
    }
}
