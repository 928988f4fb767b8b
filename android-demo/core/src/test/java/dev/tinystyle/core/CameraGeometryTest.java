package dev.tinystyle.core;

public final class CameraGeometryTest {
    private static final int[][] SIZES = {
        {4000, 3000}, {640, 480}, {320, 240}, {352, 288}, {640, 360},
    };

    /**
     * A phone's back camera lies at 90, its front one at 270. Held upright, each is turned by that
     * much; turned to the left (display 90), the back camera lies right as it is, and the front
     * camera, whose picture turns the other way, too.
     */
    public void framesAreTurnedUpright() {
        int[] back = {90, 0, 270, 180};
        int[] front = {270, 0, 90, 180};
        for (int quarter = 0; quarter < 4; quarter++) {
            int display = 90 * quarter;
            Check.equal(back[quarter], CameraGeometry.rotation(90, display, false));
            Check.equal(front[quarter], CameraGeometry.rotation(270, display, true));
        }
        // A tablet whose sensor lies as its display does.
        Check.equal(0, CameraGeometry.rotation(0, 0, false));
        Check.equal(270, CameraGeometry.rotation(0, 90, false));
        Check.equal(90, CameraGeometry.rotation(0, 90, true));
    }

    public void theCheapestSizeThatIsNotEnlarged() {
        Check.equal(2, CameraGeometry.choose(SIZES, 320, 240));
        Check.equal(3, CameraGeometry.choose(SIZES, 321, 240));
        Check.equal(1, CameraGeometry.choose(SIZES, 640, 480));
        Check.equal(0, CameraGeometry.choose(SIZES, 5000, 480));
        Check.equal(-1, CameraGeometry.choose(new int[0][], 64, 64));
        Check.equal(0, CameraGeometry.choose(new int[][] {{240, 320}}, 320, 240));
    }

    public void resolutionsAreFourToThreeAndHalveTwice() {
        for (Resolution size : Resolution.values()) {
            Check.equal(size.height(true), size.width(false));
            Check.equal(size.height(false), size.width(true));
            Check.equal(3 * size.width(true), 4 * size.height(true));
            Check.equal(0, size.height(true) % 4);
            Check.equal(0, size.width(true) % 4);
        }
    }
}
