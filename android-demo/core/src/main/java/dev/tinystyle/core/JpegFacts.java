package dev.tinystyle.core;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Puts EXIF into a JPEG file while an encoder writes it: where cameras have it, at the start. */
final class JpegFacts extends FilterOutputStream {
    private static final byte[] START = {(byte) 0xff, (byte) 0xd8};
    private static final byte[] NAME = {'E', 'x', 'i', 'f', 0, 0};

    private final byte[] exif;
    private int seen;

    JpegFacts(OutputStream out, PhotoFacts facts) {
        super(out);
        exif = facts.exif();
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        int at = from;
        while (seen < START.length && at < from + count) {
            if (bytes[at] != START[seen]) {
                throw new IOException("what was encoded is no JPEG");
            }
            out.write(bytes[at]);
            at++;
            seen++;
            if (seen == START.length) {
                int length = 2 + NAME.length + exif.length;
                out.write(0xff);
                out.write(0xe1);
                out.write(length >> 8);
                out.write(length);
                out.write(NAME);
                out.write(exif);
            }
        }
        out.write(bytes, at, from + count - at);
    }
}
