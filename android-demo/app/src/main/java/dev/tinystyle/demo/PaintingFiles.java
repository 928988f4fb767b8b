package dev.tinystyle.demo;

import android.content.ClipData;
import android.content.ContentResolver;
import android.content.ContentValues;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import android.os.Build;
import android.provider.DocumentsContract;
import android.provider.MediaStore;
import android.util.Log;
import dev.tinystyle.core.PaintingFormat;
import dev.tinystyle.core.PhotoFacts;
import dev.tinystyle.core.StyleException;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Paintings as files: in the gallery, in a document of the user's choice, or for another app. They
 * say what {@link PhotoFacts} has of the photo, which is not where it was taken. No permission is
 * needed for any.
 */
final class PaintingFiles {
    private static final String TAG = "tinystyle";
    private static final String FOLDER = "Pictures/tinystyle";

    // MediaStore.MediaColumns of level 29.
    private static final String RELATIVE_PATH = "relative_path";
    private static final String IS_PENDING = "is_pending";

    private final Context context;

    PaintingFiles(Context context) {
        this.context = context.getApplicationContext();
    }

    /** Whether {@link #saveToGallery} works without a permission; else a document is to be made. */
    static boolean hasGallery() {
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q;
    }

    /** A name that says when it was painted. */
    static String name(PaintingFormat format) {
        return "tinystyle-" + System.currentTimeMillis() + format.ending();
    }

    /** Into the gallery, where it appears when it is whole. */
    void saveToGallery(FinishedPainting painting) throws StyleException {
        ContentResolver resolver = context.getContentResolver();
        ContentValues facts = new ContentValues();
        facts.put(MediaStore.MediaColumns.DISPLAY_NAME, name(painting.format));
        facts.put(MediaStore.MediaColumns.MIME_TYPE, painting.format.type());
        facts.put(RELATIVE_PATH, FOLDER);
        facts.put(IS_PENDING, 1);
        Uri uri = null;
        boolean whole = false;
        try {
            uri = resolver.insert(MediaStore.Images.Media.EXTERNAL_CONTENT_URI, facts);
            if (uri == null) {
                throw new FileNotFoundException("the gallery does not take it");
            }
            write(uri, painting);
            facts.clear();
            facts.put(IS_PENDING, 0);
            whole = resolver.update(uri, facts, null, null) == 1;
            if (!whole) {
                throw new IOException("the gallery lost it");
            }
        } catch (IOException error) {
            throw unwritable(error);
        } catch (RuntimeException error) {
            // The gallery is another app's provider: what it throws reaches us.
            throw unwritable(error);
        } finally {
            if (uri != null && !whole) {
                discard(uri, false);
            }
        }
    }

    /** Into a document that the user has named. Deletes it where that fails. */
    void saveTo(Uri document, FinishedPainting painting) throws StyleException {
        boolean whole = false;
        try {
            write(document, painting);
            whole = true;
        } catch (IOException error) {
            throw unwritable(error);
        } catch (RuntimeException error) { // as above
            throw unwritable(error);
        } finally {
            if (!whole) {
                discard(document, true);
            }
        }
    }

    /** Takes a file away that is empty or cut short. */
    void discard(Uri uri, boolean document) {
        ContentResolver resolver = context.getContentResolver();
        try {
            if (document) {
                DocumentsContract.deleteDocument(resolver, uri);
            } else {
                resolver.delete(uri, null, null);
            }
        } catch (FileNotFoundException gone) {
            Log.i(TAG, "was not there: " + gone.getMessage());
        } catch (RuntimeException refused) {
            // What went wrong before is what the user is told.
            Log.w(TAG, "cannot be deleted: " + refused.getMessage());
        }
    }

    /** An intent that offers the painting to other apps. */
    Intent share(FinishedPainting painting) throws StyleException {
        File file =
                SharedPictureProvider.folder(context)
                        .next(System.currentTimeMillis(), painting.format);
        boolean whole = false;
        try (OutputStream stream = new FileOutputStream(file)) {
            painting.writeTo(stream);
            whole = true;
        } catch (IOException error) {
            throw unwritable(error);
        } finally {
            if (!whole && !file.delete()) {
                Log.i(TAG, file + " was not there");
            }
        }
        Uri uri = SharedPictureProvider.uri(context, file);
        Intent send = new Intent(Intent.ACTION_SEND);
        send.setType(painting.format.type());
        send.putExtra(Intent.EXTRA_STREAM, uri);
        send.setClipData(ClipData.newRawUri(null, uri)); // what is granted
        send.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION);
        return Intent.createChooser(send, null);
    }

    private void write(Uri uri, FinishedPainting painting) throws IOException {
        try (OutputStream stream = context.getContentResolver().openOutputStream(uri)) {
            if (stream == null) {
                throw new FileNotFoundException("it cannot be opened");
            }
            painting.writeTo(stream);
        }
    }

    private static StyleException unwritable(Exception error) {
        return new StyleException(
                StyleException.Kind.OUTPUT,
                "The painting cannot be written (" + StyleException.reason(error) + ").",
                error);
    }
}
