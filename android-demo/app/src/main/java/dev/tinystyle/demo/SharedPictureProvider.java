package dev.tinystyle.demo;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.Context;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import dev.tinystyle.core.PaintingFormat;
import dev.tinystyle.core.ShareFolder;
import java.io.File;
import java.io.FileNotFoundException;

/**
 * Gives the painting that the user shares to the app that the user has chosen: read only, by a
 * grant for this one address. Nothing else of the app can be reached through it.
 */
public final class SharedPictureProvider extends ContentProvider {
    /** Where paintings lie. */
    static ShareFolder folder(Context context) {
        return new ShareFolder(new File(context.getCacheDir(), "shared"));
    }

    /** The address of one for other apps. */
    static Uri uri(Context context, File painting) {
        return new Uri.Builder()
                .scheme("content")
                .authority(context.getPackageName() + ".shared")
                .appendPath(painting.getName())
                .build();
    }

    @Override
    public boolean onCreate() {
        return true;
    }

    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
        File painting = painting(uri);
        if (painting == null || !"r".equals(mode)) {
            throw new FileNotFoundException("only shared paintings can be read, and only read");
        }
        return ParcelFileDescriptor.open(painting, ParcelFileDescriptor.MODE_READ_ONLY);
    }

    @Override
    public String getType(Uri uri) {
        File painting = painting(uri);
        return painting == null ? null : PaintingFormat.of(painting.getName()).type();
    }

    @Override
    public Cursor query(
            Uri uri, String[] projection, String selection, String[] arguments, String order) {
        // As asked, in the order asked: apps read columns by their number, too.
        String[] columns =
                projection == null
                        ? new String[] {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE}
                        : projection;
        MatrixCursor cursor = new MatrixCursor(columns);
        File painting = painting(uri);
        if (painting != null) {
            Object[] row = new Object[columns.length]; // null for what is not known
            for (int i = 0; i < columns.length; i++) {
                if (OpenableColumns.DISPLAY_NAME.equals(columns[i])) {
                    row[i] = painting.getName();
                } else if (OpenableColumns.SIZE.equals(columns[i])) {
                    row[i] = painting.length();
                }
            }
            cursor.addRow(row);
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

    /** Null where the address is that of none. */
    private File painting(Uri uri) {
        boolean plain = uri.getPathSegments().size() == 1;
        return plain ? folder(getContext()).find(uri.getLastPathSegment()) : null;
    }
}
