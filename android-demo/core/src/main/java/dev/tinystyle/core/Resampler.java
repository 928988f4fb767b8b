package dev.tinystyle.core;

/** Antialiased bicubic resampling of RGB bytes, as Pillow's {@code Image.resize(BICUBIC)}. */
public final class Resampler {
    private Resampler() {}

    /**
     * A rectangle of a picture, resampled.
     *
     * @param rgb {@code pictureWidth * 3} bytes a row
     * @param top first row of the rectangle
     * @param left first column of the rectangle
     * @param height rows of the rectangle
     * @param width columns of the rectangle
     * @return {@code toHeight * toWidth * 3} bytes
     */
    public static byte[] resize(
            byte[] rgb, int pictureWidth, int top, int left, int height, int width, int toHeight,
            int toWidth) {
        throw new UnsupportedOperationException("being written");
    }
}
