package android.provider;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.FileNotFoundException;

/** Compile-only. */
public final class DocumentsContract {
    private DocumentsContract() {}

    /** Level 19; the exception is declared since level 24. */
    public static boolean deleteDocument(ContentResolver content, Uri documentUri)
            throws FileNotFoundException {
        throw new RuntimeException("Stub!");
    }
}
