package dev.tinystyle.demo;

import android.content.Context;
import dev.tinystyle.core.StyleException;

/** What went wrong and what to do, in the user's language; below it the reason, in English. */
final class FailureWords {
    private FailureWords() {}

    static String of(Context context, StyleException error) {
        return context.getString(words(error.kind()), error.getMessage());
    }

    private static int words(StyleException.Kind kind) {
        switch (kind) {
            case PICTURE:
                return R.string.failed_picture;
            case MODEL:
                return R.string.failed_model;
            case OUTPUT:
                return R.string.failed_output;
            case MEMORY:
                return R.string.no_memory;
            case OPTION:
            default:
                return R.string.failed_option;
        }
    }
}
