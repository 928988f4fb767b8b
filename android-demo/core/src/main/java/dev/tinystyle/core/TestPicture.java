package dev.tinystyle.core;

/** The picture that benchmarks paint. */
public final class TestPicture {
    private TestPicture() {}

    /**
     * Smooth colours with edges and fine texture, the same bytes on every machine.
     *
     * @return {@code height * width * 3} RGB bytes
     */
    public static byte[] rgb(int height, int width) {
        throw new UnsupportedOperationException("being written");
    }
}
