package dev.tinystyle.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Colours under transparent pixels are nobody's choice and must not be seen: what {@code filled} of
 * tinystyle.pictures.transparency does, to the byte.
 */
final class CutOut {
    /** Where a picture shows nothing at all. */
    private static final byte NOTHING = (byte) 128;

    private CutOut() {}

    /**
     * Gives wholly transparent pixels the mean of the visible ones near them: of blocks of 2, 4, 8
     * and more pixels, weighed by alpha, the smallest that shows something. All others keep their
     * colour.
     *
     * @param rgb {@code height * width * 3} bytes, changed in place
     * @param alpha {@code height * width} bytes
     */
    static void fill(byte[] rgb, byte[] alpha, int height, int width) {
        if (!hides(alpha)) {
            return;
        }
        Level picture = new Level(rgb, alpha, height, width, false);
        List<Level> halves = new ArrayList<>();
        for (Level last = picture; last.height > 1 || last.width > 1; ) {
            last = last.halved();
            halves.add(last);
        }
        byte[] around = {NOTHING, NOTHING, NOTHING};
        int tall = 1;
        int wide = 1;
        for (int i = halves.size() - 1; i >= 0; i--) {
            Level level = halves.get(i);
            around = Resampler.resizeLinearly(around, tall, wide, level.height, level.width);
            level.showIn(around);
            tall = level.height;
            wide = level.width;
        }
        around = Resampler.resizeLinearly(around, tall, wide, height, width);
        for (int i = 0; i < alpha.length; i++) {
            if (alpha[i] == 0) {
                System.arraycopy(around, 3 * i, rgb, 3 * i, 3);
            }
        }
    }

    /** Whether there are pixels that show nothing. */
    private static boolean hides(byte[] alpha) {
        for (byte value : alpha) {
            if (value == 0) {
                return true;
            }
        }
        return false;
    }

    /** The picture, or its half, its quarter and so on. */
    private static final class Level {
        final int height;
        final int width;
        private final byte[] rgb;
        private final byte[] alpha;

        /** Whether colours are already multiplied by alpha. */
        private final boolean weighed;

        Level(byte[] rgb, byte[] alpha, int height, int width, boolean weighed) {
            this.rgb = rgb;
            this.alpha = alpha;
            this.height = height;
            this.width = width;
            this.weighed = weighed;
        }

        /** Means of 2 x 2 pixels; of those that there are at the last row and column. */
        Level halved() {
            int tall = (height + 1) / 2;
            int wide = (width + 1) / 2;
            byte[] means = new byte[3 * tall * wide];
            byte[] shown = new byte[tall * wide];
            for (int y = 0; y < tall; y++) {
                int rows = Math.min(2, height - 2 * y);
                for (int x = 0; x < wide; x++) {
                    int columns = Math.min(2, width - 2 * x);
                    int at = y * wide + x;
                    int from = 2 * y * width + 2 * x;
                    for (int channel = 0; channel < 3; channel++) {
                        means[3 * at + channel] = (byte) mean(from, rows, columns, channel);
                    }
                    shown[at] = (byte) mean(from, rows, columns, 3);
                }
            }
            return new Level(means, shown, tall, wide, true);
        }

        private int mean(int from, int rows, int columns, int channel) {
            int count = rows * columns;
            int sum = count / 2;
            for (int y = 0; y < rows; y++) {
                for (int x = 0; x < columns; x++) {
                    sum += value(from + y * width + x, channel);
                }
            }
            return sum / count;
        }

        private int value(int pixel, int channel) {
            int shown = alpha[pixel] & 0xff;
            if (channel == 3) {
                return shown;
            }
            int value = rgb[3 * pixel + channel] & 0xff;
            if (weighed) {
                return value;
            }
            int product = value * shown + 128;
            return (product >> 8) + product >> 8; // by 255, rounded, as Pillow does it
        }

        /** Puts the colours of all pixels that show something into a picture of the same size. */
        void showIn(byte[] around) {
            for (int i = 0; i < alpha.length; i++) {
                int shown = alpha[i] & 0xff;
                if (shown == 0) {
                    continue;
                }
                for (int channel = 0; channel < 3; channel++) {
                    int value = 255 * (rgb[3 * i + channel] & 0xff) / shown;
                    around[3 * i + channel] = (byte) Math.min(value, 255);
                }
            }
        }
    }
}
