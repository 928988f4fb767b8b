package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * Turns camera pictures into upright RGB bytes of one size: the middle of the picture, in the
 * proportions of the target, is averaged down to it (or repeated up), turned, mirrored and
 * converted.
 *
 * <p>Colours are those of BT.601 in full range (JFIF), which is what Android cameras give. Chroma of
 * a 2x2 block is that of all its pixels. Tables are made when the geometry changes, not per frame.
 */
public final class YuvConverter {
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
        throw new UnsupportedOperationException("being written");
    }
}
