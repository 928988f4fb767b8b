package dev.tinystyle.core;

/**
 * JSON, strictly by RFC 8259. Objects are {@code LinkedHashMap<String, Object>}, arrays {@code
 * ArrayList<Object>}, numbers {@code Long} where they are whole and fit, else {@code Double}.
 *
 * <p>Of our own: Android has org.json in the system and not on the JVM, where core is tested, and it
 * takes unquoted keys, comments and trailing commas.
 */
public final class Json {
    private Json() {}

    /**
     * Reads one value.
     *
     * @throws StyleException where the text is not JSON, has an object key twice, or is nested
     *     deeper than 64; the message says at which character
     */
    public static Object read(String text) throws StyleException {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Writes a value: Map with String keys, List, double[], String, Boolean, Number or null.
     *
     * @throws IllegalArgumentException for NaN, infinities and other types
     */
    public static String write(Object value) {
        throw new UnsupportedOperationException("being written");
    }
}
