package dev.tinystyle.core;

/**
 * Something that went wrong and that a user can be told. The kind says what the app's texts say of
 * it, in the user's language; the message says in one English sentence what was wrong and what was
 * found.
 */
public final class StyleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What the message is about. The same kinds as tinystyle.errors in Python, and memory. */
    public enum Kind {
        /** A value outside of what is allowed. */
        OPTION,
        /** A picture that cannot be used. */
        PICTURE,
        /** A file that is not a usable network. */
        MODEL,
        /** A result that cannot be written. */
        OUTPUT,
        /** Something larger than memory holds. */
        MEMORY
    }

    private final Kind kind;

    public StyleException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StyleException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What went wrong below, in brackets of a message: some exceptions have no message. */
    public static String reason(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }

    public Kind kind() {
        return kind;
    }
}
