package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * Turns camera pictures into upright RGB bytes of one size: the middle of the picture, in the
 * proportions of the target, is averaged down to it (or repeated up), turned, mirrored and
 * converted.
 *
 * <p>Colours are those of BT.601 in full range (JFIF), which is what Android cameras give. Chroma
 * of a 2x2 block is that of all its pixels. Tables are made when the geometry changes, not per
 * frame.
 */
public final class YuvConverter {
    private final BoxPlane luma = new BoxPlane();
    private final BoxPlane blue = new BoxPlane();
    private final BoxPlane red = new BoxPlane();
    private byte[] pixels = new byte[0];

    /**
     * @param frame as the sensor gave it
     * @param rotation degrees clockwise by which the frame must be turned to be upright: 0, 90, 180
     *     or 270
     * @param mirrored whether left and right are exchanged afterwards, as for a front camera
     * @param rgb direct or not, at least {@code height * width * 3} bytes, filled from position 0
     * @param width of the upright result, in pixels
     * @param height of the upright result, in pixels
     * @throws StyleException where a plane is too short for its strides, or the rotation is none
     */
    public void convert(
            YuvFrame frame, int rotation, boolean mirrored, ByteBuffer rgb, int width, int height)
            throws StyleException {
        boolean turned = rotation == 90 || rotation == 270;
        if (!turned && rotation != 0 && rotation != 180) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "rotation is " + rotation + "; allowed are 0, 90, 180 and 270");
        }
        frame.check();
        int rows = turned ? width : height;
        int columns = turned ? height : width;
        prepare(frame, rows, columns);
        if (pixels.length != width * height * 3) {
            pixels = new byte[width * height * 3];
        }
        // Where a pixel of the sensor goes: its place is start + row * down + column * right.
        int right = rotation == 0 ? 1 : rotation == 90 ? width : rotation == 180 ? -1 : -width;
        int down = rotation == 0 ? width : rotation == 90 ? -1 : rotation == 180 ? -width : 1;
        int start = (right < 0 ? (columns - 1) * -right : 0) + (down < 0 ? (rows - 1) * -down : 0);
        if (mirrored) {
            // Left and right of the upright picture are exchanged: that is along rows of the sensor
            // where it is not turned, along its columns where it is.
            start = start / width * width + (width - 1 - start % width);
            right = turned ? right : -right;
            down = turned ? -down : down;
        }
        for (int row = 0; row < rows; row++) {
            luma.row(frame.y, row);
            blue.row(frame.u, row);
            red.row(frame.v, row);
            write(columns, (start + row * down) * 3, right * 3);
        }
        rgb.clear();
        rgb.put(pixels);
        rgb.clear();
    }

    private void prepare(YuvFrame frame, int rows, int columns) {
        // The largest rectangle of the target's proportions, in the middle.
        int cutHeight = frame.height;
        int cutWidth = (int) Math.round((double) frame.height * columns / rows);
        if (cutWidth > frame.width) {
            cutWidth = frame.width;
            cutHeight = (int) Math.round((double) frame.width * rows / columns);
        }
        cutWidth = Math.max(1, cutWidth);
        cutHeight = Math.min(frame.height, Math.max(1, cutHeight));
        int top = (frame.height - cutHeight) / 2;
        int left = (frame.width - cutWidth) / 2;
        luma.prepare(frame.yRowStride, frame.yPixelStride, frame.width, 0);
        blue.prepare(frame.uRowStride, frame.uPixelStride, (frame.width + 1) / 2, 1);
        red.prepare(frame.vRowStride, frame.vPixelStride, (frame.width + 1) / 2, 1);
        luma.cut(top, left, cutHeight, cutWidth, rows, columns);
        blue.cut(top, left, cutHeight, cutWidth, rows, columns);
        red.cut(top, left, cutHeight, cutWidth, rows, columns);
    }

    /** A row of the sensor, to the places that it has in the result. */
    private void write(int columns, int first, int step) {
        int at = first;
        for (int column = 0; column < columns; column++) {
            int y = luma.values[column];
            int cb = blue.values[column] - (128 << BoxPlane.BITS);
            int cr = red.values[column] - (128 << BoxPlane.BITS);
            // 1.402, 0.344136, 0.714136 and 1.772 in 2^-14; values have BITS more than a byte.
            pixels[at] = clip((y << 14) + 22970 * cr);
            pixels[at + 1] = clip((y << 14) - 5638 * cb - 11700 * cr);
            pixels[at + 2] = clip((y << 14) + 29032 * cb);
            at += step;
        }
    }

    private static byte clip(int value) {
        int shift = 14 + BoxPlane.BITS;
        int rounded = (value + (1 << shift - 1)) >> shift;
        return (byte) (rounded < 0 ? 0 : Math.min(rounded, 255));
    }
}
