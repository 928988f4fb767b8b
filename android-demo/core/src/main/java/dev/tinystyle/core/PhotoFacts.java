package dev.tinystyle.core;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;

/**
 * What of a photo's EXIF is true of its painting: title, camera, author, date. Not where it was
 * taken: paintings are shared. Written with the words that the painting is upright and in sRGB.
 */
public final class PhotoFacts {
    /** Where the facts come from. */
    public interface Source {
        /** @return what EXIF says under a name of Android's ExifInterface; null for nothing */
        String get(String name);
    }

    /** A longer fact is none: it is text. */
    private static final int MOST_BYTES = 2000;

    private static final Charset UTF_8 = Charset.forName("UTF-8");
    private static final int TEXT = 2;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int BYTES = 7;
    private static final int ENTRY = 12;
    private static final int HEADER = 8;

    private static final Tag[] PICTURE = {
        new Tag(0x010e, "ImageDescription"), new Tag(0x010f, "Make"), new Tag(0x0110, "Model"),
        new Tag(0x0112, SHORT, new byte[] {0, Orientation.UPRIGHT}), new Tag(0x0131, "Software"),
        new Tag(0x0132, "DateTime"), new Tag(0x013b, "Artist"), new Tag(0x8298, "Copyright"),
    };

    /** Where the second list of tags is. */
    private static final int TAKEN_AT = 0x8769;

    private static final Tag[] TAKEN = {
        new Tag(0x9000, BYTES, new byte[] {'0', '2', '3', '2'}),
        new Tag(0x9003, "DateTimeOriginal"), new Tag(0x9004, "DateTimeDigitized"),
        new Tag(0x9010, "OffsetTime"), new Tag(0x9011, "OffsetTimeOriginal"),
        new Tag(0x9012, "OffsetTimeDigitized"), new Tag(0x9290, "SubSecTime"),
        new Tag(0x9291, "SubSecTimeOriginal"), new Tag(0x9292, "SubSecTimeDigitized"),
        new Tag(0xa001, SHORT, new byte[] {0, 1}), // sRGB
    };

    /** Nothing is known of the photo; its painting is upright and in sRGB all the same. */
    public static final PhotoFacts NONE = of(new Source() {
        @Override
        public String get(String name) {
            return null;
        }
    });

    private final byte[] exif;

    private PhotoFacts(byte[] exif) {
        this.exif = exif;
    }

    /** Asks for all that is kept. */
    public static PhotoFacts of(Source source) {
        Directory picture = new Directory(HEADER, PICTURE, source, true);
        Directory taken = new Directory(HEADER + picture.size(), TAKEN, source, false);
        ByteBuffer exif = ByteBuffer.allocate(HEADER + picture.size() + taken.size());
        exif.put(new byte[] {'M', 'M', 0, '*', 0, 0, 0, HEADER});
        picture.writeTo(exif);
        taken.writeTo(exif);
        return new PhotoFacts(exif.array());
    }

    /** As the TIFF structure that EXIF is. */
    byte[] exif() {
        return exif.clone();
    }

    /** A tag that is kept, or always has one value. */
    private static final class Tag {
        final int number;
        final String name;
        final int type;
        final byte[] value;

        Tag(int number, String name) {
            this.number = number;
            this.name = name;
            type = TEXT;
            value = null;
        }

        Tag(int number, int type, byte[] value) {
            this.number = number;
            this.type = type;
            this.value = value;
            name = null;
        }

        /** Null where there is nothing to write. */
        byte[] value(Source source) {
            if (name == null) {
                return value;
            }
            String found = source.get(name);
            int end = found == null ? 0 : found.indexOf('\0');
            String text = found == null ? "" : (end < 0 ? found : found.substring(0, end)).trim();
            byte[] bytes = (text + '\0').getBytes(UTF_8);
            return text.isEmpty() || bytes.length > MOST_BYTES ? null : bytes;
        }
    }

    /** Entries of tags, in order of their numbers, and behind them what has no room in them. */
    private static final class Directory {
        private final ByteBuffer entries;
        private final ByteArrayOutputStream values = new ByteArrayOutputStream();
        private final int valuesAt;
        private int count;

        /** @param first whether the last entry leads to the directory that follows */
        Directory(int at, Tag[] tags, Source source, boolean first) {
            byte[][] found = new byte[tags.length][];
            for (int i = 0; i < tags.length; i++) {
                found[i] = tags[i].value(source);
                count += found[i] == null ? 0 : 1;
            }
            count += first ? 1 : 0;
            entries = ByteBuffer.allocate(2 + ENTRY * count + 4); // no other directory follows: 0
            entries.putShort((short) count);
            valuesAt = at + entries.capacity();
            for (int i = 0; i < tags.length; i++) {
                if (found[i] != null) {
                    add(tags[i], found[i]);
                }
            }
            if (first) {
                entries.putShort((short) TAKEN_AT).putShort((short) LONG).putInt(1);
                entries.putInt(valuesAt + values.size());
            }
        }

        private void add(Tag tag, byte[] value) {
            int units = tag.type == SHORT ? value.length / 2 : value.length;
            entries.putShort((short) tag.number).putShort((short) tag.type).putInt(units);
            if (value.length <= 4) {
                entries.put(value).put(new byte[4 - value.length]);
                return;
            }
            entries.putInt(valuesAt + values.size());
            values.write(value, 0, value.length);
            if (value.length % 2 == 1) {
                values.write(0); // places are even
            }
        }

        int size() {
            return entries.capacity() + values.size();
        }

        void writeTo(ByteBuffer exif) {
            exif.put(entries.array()).put(values.toByteArray());
        }
    }
}
