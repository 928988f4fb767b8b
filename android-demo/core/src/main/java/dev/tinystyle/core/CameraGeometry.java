package dev.tinystyle.core;

/** How camera pictures lie and which size to ask for. */
public final class CameraGeometry {
    private CameraGeometry() {}

    /**
     * Degrees clockwise by which a camera picture must be turned to be upright on the screen.
     *
     * @param sensor the camera's SENSOR_ORIENTATION, 0, 90, 180 or 270
     * @param display the display's rotation from its natural orientation, in the same degrees
     * @param front whether the camera looks at the user
     */
    public static int rotation(int sensor, int display, boolean front) {
        int turn = (front ? sensor + display : sensor - display) % 360;
        return (turn + 360) % 360;
    }

    /**
     * The cheapest size that is not enlarged: the smallest whose sides both reach what is painted;
     * where none does, the largest. Of equal ones the first.
     *
     * @param sizes width and height of each size that the camera has, as the sensor lies
     * @param longer side of what is painted
     * @param shorter side of what is painted
     * @return index into {@code sizes}, -1 where there is none
     */
    public static int choose(int[][] sizes, int longer, int shorter) {
        int best = -1;
        boolean bestReaches = false;
        for (int i = 0; i < sizes.length; i++) {
            boolean reaches =
                    Math.max(sizes[i][0], sizes[i][1]) >= longer
                            && Math.min(sizes[i][0], sizes[i][1]) >= shorter;
            boolean better;
            if (best < 0 || reaches != bestReaches) {
                better = best < 0 || reaches;
            } else {
                better = reaches ? area(sizes[i]) < area(sizes[best])
                        : area(sizes[i]) > area(sizes[best]);
            }
            if (better) {
                best = i;
                bestReaches = reaches;
            }
        }
        return best;
    }

    private static long area(int[] size) {
        return (long) size[0] * size[1];
    }
}
