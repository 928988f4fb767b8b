package dev.tinystyle.core;

/** Takes a decoded picture row by row, and gives what may be painted of it. */
public final class PictureRows {
    private final int height;
    private final int width;
    private final byte[] rgb;
    private final byte[] alpha;
    private int rows;
    private int least = 0xff;

    /** Of a picture of so many pixels; it takes four bytes for each. */
    public PictureRows(int height, int width) {
        this.height = height;
        this.width = width;
        rgb = new byte[Math.multiplyExact(Math.multiplyExact(height, width), 3)];
        alpha = new byte[height * width];
    }

    /** The next row, of colours as {@code Bitmap.getPixels} gives them: 0xAARRGGBB. */
    public void add(int[] argb) {
        PixelPacking.fromArgb(argb, 0, rgb, alpha, rows * width, width);
        for (int x = 0; x < width; x++) {
            least = Math.min(least, argb[x] >>> 24);
        }
        rows++;
        if (rows == height) {
            CutOut.fill(rgb, alpha, height, width);
        }
    }

    /** The colours, when all rows are there; those of wholly transparent pixels from around. */
    public byte[] rgb() {
        complete();
        return rgb;
    }

    /** A byte a pixel, when all rows are there; null where nothing is transparent. */
    public byte[] alpha() {
        complete();
        return least == 0xff ? null : alpha;
    }

    private void complete() {
        if (rows != height) {
            throw new IllegalStateException("rows are " + rows + " of " + height);
        }
    }
}
