package dev.tinystyle.core;

import java.io.OutputStream;

/** What a painting is written as. */
public enum PaintingFormat {
    /** Without transparency. */
    JPEG("image/jpeg", ".jpg"),
    /** With it. */
    PNG("image/png", ".png");

    private final String type;
    private final String ending;

    PaintingFormat(String type, String ending) {
        this.type = type;
        this.ending = ending;
    }

    /** For a painting of a photo with or without transparent pixels. */
    public static PaintingFormat of(boolean transparent) {
        return transparent ? PNG : JPEG;
    }

    /** By the ending of a file's name; null where it is neither. */
    public static PaintingFormat of(String name) {
        for (PaintingFormat format : values()) {
            if (name.endsWith(format.ending)) {
                return format;
            }
        }
        return null;
    }

    /**
     * A stream for an encoder of this format. It adds the facts to what the encoder writes, that
     * the picture is upright, and that its colours are sRGB's. Fails with an IOException where
     * something else is written. Close it, or {@code stream} gets no end.
     */
    public OutputStream with(PhotoFacts facts, OutputStream stream) {
        return this == JPEG ? new JpegFacts(stream, facts) : new PngFacts(stream, facts);
    }

    /** The MIME type. */
    public String type() {
        return type;
    }

    /** Of a file's name, with its dot. */
    public String ending() {
        return ending;
    }
}
