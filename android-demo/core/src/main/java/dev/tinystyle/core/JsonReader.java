package dev.tinystyle.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The grammar of RFC 8259, read once from left to right. */
final class JsonReader {
    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;

    JsonReader(String text) {
        this.text = text;
    }

    Object readAll() throws StyleException {
        Object value = value(0);
        if (at != text.length()) {
            throw wrong("nothing should follow");
        }
        return value;
    }

    /** A value with the white space around it. */
    private Object value(int depth) throws StyleException {
        if (depth > MAX_DEPTH) {
            throw wrong("nested deeper than " + MAX_DEPTH);
        }
        skipSpace();
        Object value;
        switch (peek()) {
            case '{':
                value = object(depth);
                break;
            case '[':
                value = array(depth);
                break;
            case '"':
                value = string();
                break;
            case 't':
                value = word("true", Boolean.TRUE);
                break;
            case 'f':
                value = word("false", Boolean.FALSE);
                break;
            case 'n':
                value = word("null", null);
                break;
            default:
                value = number();
        }
        skipSpace();
        return value;
    }

    private Map<String, Object> object(int depth) throws StyleException {
        Map<String, Object> object = new LinkedHashMap<String, Object>();
        at++;
        skipSpace();
        if (peek() == '}') {
            at++;
            return object;
        }
        while (true) {
            skipSpace();
            if (peek() != '"') {
                throw wrong("a key in quotes should follow");
            }
            String key = string();
            skipSpace();
            expect(':');
            Object value = value(depth + 1);
            if (object.containsKey(key)) {
                throw wrong("the key " + Json.write(key) + " is there twice");
            }
            object.put(key, value);
            if (peek() == '}') {
                at++;
                return object;
            }
            expect(',');
        }
    }

    private List<Object> array(int depth) throws StyleException {
        List<Object> array = new ArrayList<Object>();
        at++;
        skipSpace();
        if (peek() == ']') {
            at++;
            return array;
        }
        while (true) {
            array.add(value(depth + 1));
            if (peek() == ']') {
                at++;
                return array;
            }
            expect(',');
        }
    }

    private String string() throws StyleException {
        StringBuilder result = new StringBuilder();
        at++;
        while (true) {
            char letter = peek();
            if (letter < ' ') {
                throw wrong(at < text.length() ? "a control character" : "a string without end");
            }
            at++;
            if (letter == '"') {
                return result.toString();
            }
            result.append(letter == '\\' ? escaped() : letter);
        }
    }

    private char escaped() throws StyleException {
        char letter = peek();
        at++;
        int simple = "\"\\/bfnrt".indexOf(letter);
        if (simple >= 0) {
            return "\"\\/\b\f\n\r\t".charAt(simple);
        }
        if (letter != 'u') {
            throw wrong("an unknown escape");
        }
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = "0123456789abcdef".indexOf(Character.toLowerCase(peek()));
            if (digit < 0) {
                throw wrong("four hexadecimal digits should follow");
            }
            code = code << 4 | digit;
            at++;
        }
        return (char) code;
    }

    private Object number() throws StyleException {
        int start = at;
        boolean whole = true;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (peek() == '.') {
            whole = false;
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            whole = false;
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        String found = text.substring(start, at);
        if (whole) {
            try {
                return Long.valueOf(found);
            } catch (NumberFormatException tooLarge) {
                // Becomes a floating-point number, as in other readers.
            }
        }
        double value = Double.parseDouble(found);
        if (Double.isInfinite(value)) {
            throw wrong("a number that is too large");
        }
        return value;
    }

    private void digits() throws StyleException {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw wrong("a value should be here");
        }
    }

    private Object word(String word, Object value) throws StyleException {
        if (!text.startsWith(word, at)) {
            throw wrong("a value should be here");
        }
        at += word.length();
        return value;
    }

    private void expect(char letter) throws StyleException {
        if (peek() != letter) {
            throw wrong("'" + letter + "' should follow");
        }
        at++;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** The next character, or 0 at the end, which no JSON has outside of escapes. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private StyleException wrong(String why) {
        return new StyleException(
                StyleException.Kind.MODEL, "not JSON: " + why + ", at character " + at);
    }
}
