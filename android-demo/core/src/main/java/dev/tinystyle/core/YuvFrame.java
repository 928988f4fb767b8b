package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * A camera picture as YUV_420_888 gives it. Made once and refilled for each frame.
 *
 * <p>Any row stride and pixel stride will do: planar chroma (pixel stride 1), interleaved chroma
 * (pixel stride 2, where U and V are views of one buffer), padded rows, odd sizes (chroma then has
 * {@code (side + 1) / 2} samples), and a last row that ends with its last sample. Samples are
 * counted from a buffer's index 0; reading moves its position.
 */
public final class YuvFrame {
    int width;
    int height;
    ByteBuffer y;
    ByteBuffer u;
    ByteBuffer v;
    int yRowStride;
    int yPixelStride;
    int uRowStride;
    int uPixelStride;
    int vRowStride;
    int vPixelStride;

    /** Sets the size, in pixels. To be followed by the three planes. */
    public YuvFrame size(int width, int height) {
        this.width = width;
        this.height = height;
        return this;
    }

    /** Sets the luma plane, as {@code Image.Plane} tells it. */
    public YuvFrame y(ByteBuffer buffer, int rowStride, int pixelStride) {
        y = buffer;
        yRowStride = rowStride;
        yPixelStride = pixelStride;
        return this;
    }

    /** Sets the Cb plane. */
    public YuvFrame u(ByteBuffer buffer, int rowStride, int pixelStride) {
        u = buffer;
        uRowStride = rowStride;
        uPixelStride = pixelStride;
        return this;
    }

    /** Sets the Cr plane. */
    public YuvFrame v(ByteBuffer buffer, int rowStride, int pixelStride) {
        v = buffer;
        vRowStride = rowStride;
        vPixelStride = pixelStride;
        return this;
    }

    /** Raises what would else be an exception of the buffers. */
    void check() throws StyleException {
        int chromaWidth = (width + 1) / 2;
        int chromaHeight = (height + 1) / 2;
        if (width < 1 || height < 1
                || !fits(y, yRowStride, yPixelStride, width, height)
                || !fits(u, uRowStride, uPixelStride, chromaWidth, chromaHeight)
                || !fits(v, vRowStride, vPixelStride, chromaWidth, chromaHeight)) {
            throw new StyleException(
                    StyleException.Kind.PICTURE,
                    "the camera gave a frame of " + width + "x" + height
                            + " whose planes are missing or too short for it");
        }
    }

    private static boolean fits(
            ByteBuffer plane, int rowStride, int pixelStride, int width, int height) {
        if (plane == null || pixelStride < 1 || rowStride < 0) {
            return false;
        }
        long line = (long) (width - 1) * pixelStride + 1;
        return (height == 1 || rowStride >= line)
                && (long) (height - 1) * rowStride + line <= plane.limit();
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** Lets go of the camera's buffers. To be called before the camera's picture is closed. */
    public void clear() {
        y = null;
        u = null;
        v = null;
    }
}
