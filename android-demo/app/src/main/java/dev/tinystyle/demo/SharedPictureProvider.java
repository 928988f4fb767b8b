package dev.tinystyle.demo;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.Context;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.File;
import java.io.FileNotFoundException;

/**
 * Gives one file, the painting that the user shares, to the app that the user has chosen: read
 * only, by a grant for this one address. Nothing else of the app can be reached through it.
 */
public final class SharedPictureProvider extends ContentProvider {
    private static final String NAME = "painting.jpg";

    /** Where the painting lies. */
    static File file(Context context) {
        return new File(new File(context.getCacheDir(), "shared"), NAME);
    }

    /** Its address for other apps. */
    static Uri uri(Context context) {
        return new Uri.Builder()
                .scheme("content")
                .authority(context.getPackageName() + ".shared")
                .appendPath(NAME)
                .build();
    }

    @Override
    public boolean onCreate() {
        return true;
    }

    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
        if (!isThePainting(uri) || !"r".equals(mode)) {
            throw new FileNotFoundException("only " + NAME + " can be read, and only read");
        }
        return ParcelFileDescriptor.open(
                file(getContext()), ParcelFileDescriptor.MODE_READ_ONLY);
    }

    @Override
    public String getType(Uri uri) {
        return isThePainting(uri) ? PaintingFiles.TYPE : null;
    }

    @Override
    public Cursor query(
            Uri uri, String[] projection, String selection, String[] arguments, String order) {
        MatrixCursor cursor =
                new MatrixCursor(new String[] {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE});
        if (isThePainting(uri)) {
            cursor.addRow(new Object[] {NAME, file(getContext()).length()});
        }
        return cursor;
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
        throw new UnsupportedOperationException("read only");
    }

    @Override
    public int update(Uri uri, ContentValues values, String selection, String[] arguments) {
        throw new UnsupportedOperationException("read only");
    }

    @Override
    public int delete(Uri uri, String selection, String[] arguments) {
        throw new UnsupportedOperationException("read only");
    }

    private static boolean isThePainting(Uri uri) {
        return ("/" + NAME).equals(uri.getPath());
    }
}
