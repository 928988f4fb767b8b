package dev.tinystyle.core;

public final class PaintPlanTest {
    private static final PhotoPainter.Progress GO_ON = (runs, ofRuns) -> true;

    private final FakeSessions sessions = new FakeSessions();

    private byte[] paint(byte[] rgb, PaintPlan plan, PhotoPainter.Progress progress)
            throws StyleException {
        return new PhotoPainter(sessions).paint(
                new byte[] {1}, "a", Provider.CPU, 1, rgb, plan.height(), plan.width(),
                null, plan, progress);
    }

    private static PaintPlan fine(int height, int width, boolean local, int most)
            throws StyleException {
        return PaintPlan.of(height, width, Strokes.FINE, local, most);
    }

    /** Every pixel once, far enough from the edges of its tile, and tiles on the grid. */
    public void tilesCoverThePictureOnce() throws Exception {
        int[] sides = {64, 256, 257, 300, 511, 1000, 2047};
        for (int height : sides) {
            for (int width : sides) {
                PaintPlan plan = fine(height, width, true, PaintPlan.MIN_PIXELS);
                if (plan.way() == PaintPlan.Way.WHOLE) {
                    Check.that(height * width <= PaintPlan.MIN_PIXELS, "too large at once");
                    continue;
                }
                Check.that(
                        plan.paintHeight() * plan.paintWidth() <= PaintPlan.MIN_PIXELS,
                        "tiles are too large");
                long covered = 0;
                for (int run = 0; run < plan.runs(); run++) {
                    covered += check(plan, run);
                }
                Check.equal((long) height * width, covered);
            }
        }
    }

    private static long check(PaintPlan plan, int run) {
        int top = plan.top(run);
        int left = plan.left(run);
        int bottom = top + plan.paintHeight();
        int right = left + plan.paintWidth();
        Check.that(top % 4 == 0 && left % 4 == 0, "off the grid");
        // Statistics are of places of four pixels: none is counted twice, none is left out.
        Check.that(plan.seamTop(run) % 4 == 0 && plan.seamLeft(run) % 4 == 0, "seam off the grid");
        Check.that(bottom <= plan.height() && right <= plan.width(), "beyond the picture");
        Check.that(top == 0 || plan.seamTop(run) - top >= PaintPlan.HALO, "halo above");
        Check.that(left == 0 || plan.seamLeft(run) - left >= PaintPlan.HALO, "halo to the left");
        Check.that(
                bottom == plan.height() || bottom - plan.seamBottom(run) >= PaintPlan.HALO,
                "halo below");
        Check.that(
                right == plan.width() || right - plan.seamRight(run) >= PaintPlan.HALO,
                "halo to the right");
        int rows = plan.seamBottom(run) - plan.seamTop(run);
        int columns = plan.seamRight(run) - plan.seamLeft(run);
        Check.that(rows > 0 && columns > 0, "an empty tile");
        return (long) rows * columns;
    }

    /** What two tiles share is computed twice, and there is little of it. */
    public void tilesAreNoLargerThanTheyNeedBe() throws Exception {
        int[][] photos = {{3000, 4000}, {4000, 3000}, {4096, 4096}, {2448, 3264}, {1500, 8000}};
        for (int[] photo : photos) {
            PaintPlan plan = fine(photo[0], photo[1], true, TilePainter.MOST_PIXELS);
            double computed = (double) plan.runs() * plan.paintHeight() * plan.paintWidth();
            double share = computed / ((double) photo[0] * photo[1]);
            Check.that(share < 1.25, photo[0] + "x" + photo[1] + ": " + share);
        }
    }

    public void globalStylesAreScaled() throws Exception {
        PaintPlan plan = fine(3000, 4000, false, 1 << 20);
        Check.equal(PaintPlan.Way.SCALED, plan.way());
        Check.that(plan.paintHeight() * plan.paintWidth() <= 1 << 20, "too large");
        double aspect = (double) plan.paintWidth() / plan.paintHeight();
        Check.that(Math.abs(aspect - 4.0 / 3.0) < 0.01, "proportions " + aspect);
    }

    public void stripsFitIntoMemoryToo() throws Exception {
        int[][] sizes = {{10, 10000}, {10000, 10}, {1, 8193}, {3000, 64}, {64, 30000}};
        for (int[] size : sizes) {
            for (boolean local : new boolean[] {false, true}) {
                PaintPlan plan = fine(size[0], size[1], local, PaintPlan.MIN_PIXELS);
                int pixels = plan.paintHeight() * plan.paintWidth();
                Check.that(pixels <= PaintPlan.MIN_PIXELS, size[0] + " " + pixels);
                new SessionSettings(Provider.CPU, 1, plan.paintHeight(), plan.paintWidth());
                byte[] rgb = TestPicture.rgb(size[0], size[1]);
                Check.equal(rgb.length, paint(rgb, plan, GO_ON).length);
            }
        }
    }

    public void paintingsAreTheSameByAnyTiles() throws Exception {
        byte[] rgb = TestPicture.rgb(413, 530);
        byte[] inverted = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            inverted[i] = (byte) (255 - (rgb[i] & 0xff));
        }
        PaintPlan tiles = fine(413, 530, true, PaintPlan.MIN_PIXELS);
        Check.that(tiles.runs() > 3, "several tiles");
        Check.equal(inverted, paint(rgb, tiles, GO_ON));
        Check.equal(inverted, paint(rgb, fine(413, 530, true, 1 << 20), GO_ON));
        Check.equal(0, sessions.open());
    }

    public void smallPhotosAreFilledUp() throws Exception {
        byte[] rgb = TestPicture.rgb(3, 5);
        byte[] painted = paint(rgb, fine(3, 5, false, 1 << 20), GO_ON);
        Check.equal(rgb.length, painted.length);
        Check.equal((byte) (255 - (rgb[44] & 0xff)), painted[44]);
    }

    public void scaledPhotosKeepTheirSize() throws Exception {
        byte[] rgb = TestPicture.rgb(500, 700);
        PaintPlan plan = fine(500, 700, false, PaintPlan.MIN_PIXELS);
        Check.equal(rgb.length, paint(rgb, plan, GO_ON).length);
        Check.equal(rgb.length, paint(rgb, PaintPlan.fixed(500, 700, 256, 256), GO_ON).length);
    }

    public void strokesAsInThePreviewArePaintedSmall() throws Exception {
        PaintPlan large = PaintPlan.of(3000, 4000, Strokes.AS_PREVIEW, false, 1 << 24);
        Check.equal(PaintPlan.Way.SCALED, large.way());
        Check.equal("866x1155", large.paintHeight() + "x" + large.paintWidth());
        Check.that(!large.limited(), "as asked for");
        // Those whose tiles fit, too: small strokes are not what is asked for.
        PaintPlan local = PaintPlan.of(3000, 4000, Strokes.AS_PREVIEW, true, 1 << 19);
        Check.equal(PaintPlan.Way.SCALED, local.way());
        Check.that(local.limited(), "memory holds no more");
        Check.that(local.paintHeight() * local.paintWidth() <= 1 << 19, "too large");
        double aspect = (double) local.paintWidth() / local.paintHeight();
        Check.that(Math.abs(aspect - 4.0 / 3.0) < 0.01, "proportions " + aspect);
        PaintPlan small = PaintPlan.of(1000, 2000, Strokes.AS_PREVIEW, false, 1 << 24);
        Check.equal(PaintPlan.Way.WHOLE, small.way());
        Check.that(fine(3000, 4000, false, 1 << 20).limited(), "smaller than asked for");
        Check.that(!fine(3000, 4000, true, 1 << 20).limited(), "tiles are as asked for");
    }

    public void canBeCalledOff() throws Exception {
        byte[] rgb = TestPicture.rgb(413, 530);
        PaintPlan plan = fine(413, 530, true, PaintPlan.MIN_PIXELS);
        Check.equal(null, paint(rgb, plan, (runs, ofRuns) -> false));
        Check.equal(0, sessions.opened.size());
        Check.equal(null, paint(rgb, plan, (runs, ofRuns) -> runs < 2));
        Check.equal(2, sessions.opened.get(0).runs);
        PaintPlan scaled = fine(413, 530, false, PaintPlan.MIN_PIXELS);
        Check.equal(null, paint(rgb, scaled, (runs, ofRuns) -> runs < 1));
        Check.equal(0, sessions.open());
    }

    public void badSizesAreRefused() throws Exception {
        Check.refused(
                StyleException.Kind.PICTURE, "0x5", () -> fine(0, 5, true, 1 << 20));
        Check.refused(
                StyleException.Kind.OPTION, "at least", () -> fine(9, 5, true, 1000));
        PaintPlan plan = fine(300, 400, true, 1 << 20);
        Check.refused(
                StyleException.Kind.PICTURE, "300x400",
                () -> new PhotoPainter(sessions).paint(
                        new byte[] {1}, "a", Provider.CPU, 1, new byte[3], 300, 400, null, plan,
                        GO_ON));
    }
}
