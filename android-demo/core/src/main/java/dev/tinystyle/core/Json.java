package dev.tinystyle.core;

import java.util.List;
import java.util.Map;

/**
 * JSON, strictly by RFC 8259. Objects are {@code LinkedHashMap<String, Object>}, arrays {@code
 * ArrayList<Object>}, numbers {@code Long} where they are whole and fit, else {@code Double}.
 *
 * <p>Of our own: Android has org.json in the system and not on the JVM, where core is tested, and
 * it takes unquoted keys, comments and trailing commas.
 */
public final class Json {
    private static final String DIGITS = "0123456789abcdef";

    private Json() {}

    /**
     * Reads one value.
     *
     * @throws StyleException where the text is not JSON, has an object key twice, or is nested
     *     deeper than 64; the message says at which character
     */
    public static Object read(String text) throws StyleException {
        return new JsonReader(text).readAll();
    }

    /**
     * Reads an object.
     *
     * @param label names the text in messages
     */
    public static Map<String, Object> readObject(String text, String label) throws StyleException {
        Object value = read(text);
        if (!(value instanceof Map)) {
            throw new StyleException(
                    StyleException.Kind.MODEL, label + ": is JSON, but not an object");
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> object = (Map<String, Object>) value;
        return object;
    }

    /**
     * Writes a value: Map with String keys, List, double[], String, Boolean, Number or null.
     *
     * @throws IllegalArgumentException for NaN, infinities and other types
     */
    public static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof String) {
            writeString((String) value, out);
        } else if (value instanceof Long || value instanceof Integer) {
            out.append(value);
        } else if (value instanceof Number) {
            double number = ((Number) value).doubleValue();
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                throw new IllegalArgumentException("JSON has no " + number);
            }
            out.append(number);
        } else if (value instanceof Map) {
            writeObject((Map<?, ?>) value, out);
        } else if (value instanceof List) {
            writeArray((List<?>) value, out);
        } else if (value instanceof double[]) {
            writeNumbers((double[]) value, out);
        } else {
            throw new IllegalArgumentException("JSON has no " + value.getClass().getName());
        }
    }

    private static void writeObject(Map<?, ?> object, StringBuilder out) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : object.entrySet()) {
            out.append(separator);
            writeString((String) entry.getKey(), out);
            out.append(": ");
            write(entry.getValue(), out);
            separator = ", ";
        }
        out.append(object.isEmpty() ? "{}" : "}");
    }

    private static void writeArray(List<?> array, StringBuilder out) {
        String separator = "[";
        for (Object value : array) {
            out.append(separator);
            write(value, out);
            separator = ", ";
        }
        out.append(array.isEmpty() ? "[]" : "]");
    }

    private static void writeNumbers(double[] array, StringBuilder out) {
        String separator = "[";
        for (double value : array) {
            out.append(separator);
            write(value, out);
            separator = ", ";
        }
        out.append(array.length == 0 ? "[]" : "]");
    }

    private static void writeString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '"' || letter == '\\') {
                out.append('\\').append(letter);
            } else if (letter >= ' ' && letter < 0x7f) {
                out.append(letter);
            } else {
                // Also what is not ASCII: lone surrogates would not survive UTF-8.
                out.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.append(DIGITS.charAt(letter >> shift & 15));
                }
            }
        }
        out.append('"');
    }
}
