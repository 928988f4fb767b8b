package dev.tinystyle.core;

import java.util.Arrays;
import java.util.Objects;

/** What tests state. */
public final class Check {
    /** Something that may go wrong. */
    public interface Action {
        void run() throws Exception;
    }

    private Check() {}

    public static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    public static void equal(Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }

    public static void equal(byte[] expected, byte[] found) {
        if (!Arrays.equals(expected, found)) {
            throw new AssertionError("bytes differ");
        }
    }

    /** That it is refused with a message that says so. Returns the message. */
    public static String refused(StyleException.Kind kind, String part, Action action)
            throws Exception {
        try {
            action.run();
        } catch (StyleException error) {
            equal(kind, error.kind());
            that(error.getMessage().contains(part), "message: " + error.getMessage());
            return error.getMessage();
        }
        throw new AssertionError("nothing was refused; expected: " + part);
    }

    /** That the caller has made a mistake. */
    public static void mistaken(Action action) throws Exception {
        try {
            action.run();
        } catch (IllegalStateException | IllegalArgumentException error) {
            return;
        }
        throw new AssertionError("the mistake was not seen");
    }
}
