package dev.tinystyle.core;

/** The picture that benchmarks paint. */
public final class TestPicture {
    private TestPicture() {}

    /**
     * Smooth colours with edges and fine texture, the same bytes on every machine: integers alone.
     *
     * @return {@code height * width * 3} RGB bytes
     */
    public static byte[] rgb(int height, int width) {
        byte[] picture = new byte[height * width * 3];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int down = 255 * y / Math.max(1, height - 1);
            for (int x = 0; x < width; x++) {
                int right = 255 * x / Math.max(1, width - 1);
                int board = ((x >> 5) + (y >> 5) & 1) * 48;
                int grain = (x * 73 ^ y * 151) * 40503 >>> 11 & 31;
                picture[at] = (byte) Math.min(255, right * 3 / 4 + board + grain / 2);
                picture[at + 1] = (byte) Math.min(255, down * 3 / 4 + board / 2 + grain);
                picture[at + 2] =
                        (byte) Math.min(255, 255 - (right + down) / 2 * 3 / 4 - board + grain / 2);
                at += 3;
            }
        }
        return picture;
    }
}
