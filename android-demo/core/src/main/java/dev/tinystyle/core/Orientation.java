package dev.tinystyle.core;

/** Which side of a stored picture is up, by EXIF's numbers. */
public final class Orientation {
    /** Of EXIF: as it is stored. */
    public static final int UPRIGHT = 1;

    private static final int QUARTER_LEFT = 8;

    /** Where a step to the right and a step down lead, by EXIF's numbers less one. */
    private static final int[][] STEPS = {
        {1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
        {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0},
    };

    private Orientation() {}

    /**
     * How points are moved to make the picture upright, for {@code Matrix.setValues}: three rows of
     * three, y downwards, without a shift, since {@code Bitmap.createBitmap} makes it fit. Null
     * where nothing is to be done, or for a number that EXIF does not know.
     */
    public static float[] matrix(int exif) {
        if (exif <= UPRIGHT || exif > QUARTER_LEFT) {
            return null;
        }
        int[] steps = STEPS[exif - 1];
        return new float[] {steps[0], steps[2], 0, steps[1], steps[3], 0, 0, 0, 1};
    }
}
