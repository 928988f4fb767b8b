package dev.tinystyle.core;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.zip.CRC32;

/**
 * Puts EXIF into a PNG file while an encoder writes it, and that it is sRGB where the encoder has
 * not said so. Holds back what comes before the pixels.
 */
final class PngFacts extends FilterOutputStream {
    private static final byte[] START = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    /** Length and name before a chunk's data. */
    private static final int HEAD = 8;

    /** And the check sum behind. */
    private static final int AROUND = 12;

    /** An encoder's profile and words of its own are much shorter. */
    private static final int MOST_BYTES = 1 << 20;

    private static final byte[] PERCEPTUAL = {0};
    private static final Charset LATIN_1 = Charset.forName("ISO-8859-1");

    private final byte[] exif;
    private ByteArrayOutputStream held = new ByteArrayOutputStream();

    PngFacts(OutputStream out, PhotoFacts facts) {
        super(out);
        exif = facts.exif();
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        if (held == null) {
            out.write(bytes, from, count);
            return;
        }
        held.write(bytes, from, count);
        if (held.size() > START.length) {
            look(held.toByteArray());
        }
    }

    /** Goes through what is held. Lets it go where the pixels begin. */
    private void look(byte[] bytes) throws IOException {
        for (int i = 0; i < START.length; i++) {
            if (bytes[i] != START[i]) {
                throw new IOException("what was encoded is no PNG");
            }
        }
        boolean told = false;
        long at = START.length;
        while (at + HEAD <= bytes.length) {
            int place = (int) at;
            String name = new String(bytes, place + 4, 4, LATIN_1);
            if (name.equals("IDAT")) {
                held = null;
                out.write(bytes, 0, place);
                if (!told) {
                    chunk("sRGB", PERCEPTUAL);
                }
                chunk("eXIf", exif);
                out.write(bytes, place, bytes.length - place);
                return;
            }
            told |= name.equals("sRGB") || name.equals("iCCP");
            at += AROUND + (ByteBuffer.wrap(bytes).getInt(place) & 0xffffffffL);
        }
        if (at > MOST_BYTES) {
            throw new IOException("what was encoded has no pixels at its start");
        }
    }

    private void chunk(String name, byte[] data) throws IOException {
        ByteBuffer whole = ByteBuffer.allocate(AROUND + data.length);
        whole.putInt(data.length).put(name.getBytes(LATIN_1)).put(data);
        CRC32 sum = new CRC32();
        sum.update(whole.array(), 4, 4 + data.length);
        whole.putInt((int) sum.getValue());
        out.write(whole.array());
    }

    /** An encoder that ended before the pixels has failed, and says so itself. */
    @Override
    public void close() throws IOException {
        try {
            if (held != null) {
                out.write(held.toByteArray());
                held = null;
            }
        } finally {
            super.close();
        }
    }
}
