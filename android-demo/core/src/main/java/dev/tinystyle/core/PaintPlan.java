package dev.tinystyle.core;

/**
 * How a photo of full resolution is painted on a device whose memory is short.
 *
 * <p>Tiles are exact only for networks whose pixels depend on near ones alone: exported with frozen
 * norms ({@code --norm frozen}), or of the form "plain". Instance norms look at the whole picture:
 * in tiles, each would get contrast and colours of its own. So a photo that is too large for such a
 * network is painted at the largest size that fits and enlarged, as it also is where
 * {@link Strokes} are to be larger than the network's own.
 */
public final class PaintPlan {
    /** The way. */
    public enum Way {
        /** At once. */
        WHOLE,
        /** In overlapping tiles whose seams are trimmed: equal to the whole. */
        TILES,
        /** Smaller, then enlarged. */
        SCALED
    }

    /**
     * Pixels to each side that a pixel may depend on. By layer: 4 of the first convolution, 1 and 2
     * of the two that halve, ten times 4 of the residual ones, 2 and 1 of those that enlarge, 4 of
     * the last: 54, and to the next multiple of the grid.
     */
    static final int HALO = 56;

    /** Tiles begin on multiples of it, since the network halves the picture twice. */
    private static final int GRID = 4;

    /** Pixels that two neighbours have in common at least. */
    private static final int SHARED = 2 * HALO + GRID;

    /** Fewest pixels at once that are worth while: tiles of 256x256, of which half is halo. */
    public static final int MIN_PIXELS = 256 * 256;

    private final Way way;
    private final int paintHeight;
    private final int paintWidth;
    private final int[] tops;
    private final int[] lefts;
    private final int height;
    private final int width;
    private final boolean limited;

    private PaintPlan(
            Way way, int height, int width, int paintHeight, int paintWidth, int[] tops,
            int[] lefts, boolean limited) {
        this.way = way;
        this.limited = limited;
        this.height = height;
        this.width = width;
        this.paintHeight = paintHeight;
        this.paintWidth = paintWidth;
        this.tops = tops;
        this.lefts = lefts;
    }

    /**
     * @param height of the photo, in pixels
     * @param width of the photo, in pixels
     * @param local whether the network's pixels depend on near ones alone
     * @param maxPixels that are painted at once
     */
    public static PaintPlan of(
            int height, int width, Strokes strokes, boolean local, int maxPixels)
            throws StyleException {
        if (height < 1 || width < 1) {
            throw new StyleException(
                    StyleException.Kind.PICTURE, "the picture is " + height + "x" + width);
        }
        int most = (int) Math.min(maxPixels, SessionSettings.MAX_PIXELS);
        if (most < MIN_PIXELS) {
            throw new StyleException(
                    StyleException.Kind.OPTION,
                    "pixels at once are " + maxPixels + "; at least " + MIN_PIXELS + " are needed");
        }
        int[] wanted = strokes.painted(height, width);
        boolean own = wanted[0] == height && wanted[1] == width;
        int tall = Math.max(wanted[0], SessionSettings.MIN_SIDE);
        int wide = Math.max(wanted[1], SessionSettings.MIN_SIDE);
        boolean sides = Math.max(tall, wide) <= SessionSettings.MAX_SIDE;
        if (sides && (long) tall * wide <= most) {
            Way way = own ? Way.WHOLE : Way.SCALED;
            return new PaintPlan(
                    way, height, width, tall, wide, new int[] {0}, new int[] {0}, false);
        }
        if (!local || !own) {
            double factor = Math.min(
                    Math.sqrt((double) most / ((double) tall * wide)),
                    (double) SessionSettings.MAX_SIDE / Math.max(tall, wide));
            // A long strip, whose short side cannot become as short, gives way in length.
            int least = SessionSettings.MIN_SIDE;
            int small = Math.min(Math.max(least, (int) (wanted[0] * factor)), most / least);
            int narrow = Math.min(Math.max(least, (int) (wanted[1] * factor)), most / small);
            return scaled(height, width, Math.min(small, most / narrow), narrow, true);
        }
        int side = (int) Math.sqrt(most) / GRID * GRID;
        int tileHeight = tile(tall, Math.min(side, SessionSettings.MAX_SIDE));
        int tileWidth = tile(wide, Math.min(most / tileHeight, SessionSettings.MAX_SIDE));
        return new PaintPlan(
                Way.TILES, height, width, tileHeight, tileWidth, starts(tall, tileHeight),
                starts(wide, tileWidth), false);
    }

    /** Whether a network whose pixels look so far, and halve so, can be painted in its tiles. */
    static boolean fits(long margin, long multiple) {
        return margin >= 0 && margin <= HALO && multiple > 0 && GRID % multiple == 0;
    }

    /** For a network that paints one size only. */
    public static PaintPlan fixed(int height, int width, int paintHeight, int paintWidth) {
        return scaled(height, width, paintHeight, paintWidth, false);
    }

    private static PaintPlan scaled(
            int height, int width, int paintHeight, int paintWidth, boolean limited) {
        boolean same = height == paintHeight && width == paintWidth;
        return new PaintPlan(
                same ? Way.WHOLE : Way.SCALED, height, width, paintHeight, paintWidth,
                new int[] {0}, new int[] {0}, limited);
    }

    /**
     * Length of all tiles, also of the last one: it begins on the grid and ends at the edge. No
     * longer than so many tiles need, as what two of them share is computed twice.
     */
    private static int tile(int length, int most) {
        if (length <= most) {
            return length;
        }
        int longest = most - Math.floorMod(most - length, GRID);
        int count = count(length, longest);
        int needed = (length + (count - 1) * SHARED + count - 1) / count;
        return Math.min(longest, needed + Math.floorMod(length - needed, GRID));
    }

    private static int count(int length, int tile) {
        int step = tile - SHARED;
        return 1 + (length - tile + step - 1) / step;
    }

    private static int[] starts(int length, int tile) {
        if (tile == length) {
            return new int[] {0};
        }
        int count = count(length, tile);
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = (int) ((long) i * (length - tile) / (count - 1)) / GRID * GRID;
        }
        return starts;
    }

    public Way way() {
        return way;
    }

    /** Whether it is painted smaller than the strokes ask for, as memory holds no more. */
    public boolean limited() {
        return limited;
    }

    /** Of the photo, in pixels. */
    public int height() {
        return height;
    }

    /** Of the photo, in pixels. */
    public int width() {
        return width;
    }

    /** Height at which is painted: of the picture, or of a tile. */
    public int paintHeight() {
        return paintHeight;
    }

    /** Width at which is painted: of the picture, or of a tile. */
    public int paintWidth() {
        return paintWidth;
    }

    /** How often the network is run. */
    public int runs() {
        return tops.length * lefts.length;
    }

    /** First row of the tile of a run. */
    int top(int run) {
        return tops[run / lefts.length];
    }

    /** First column of the tile of a run. */
    int left(int run) {
        return lefts[run % lefts.length];
    }

    /** First row of the picture that is taken from a run's tile. */
    int seamTop(int run) {
        return seam(tops, run / lefts.length, paintHeight, height);
    }

    /** Row of the picture at which a run's tile ends to be taken. */
    int seamBottom(int run) {
        return seam(tops, run / lefts.length + 1, paintHeight, height);
    }

    /** First column of the picture that is taken from a run's tile. */
    int seamLeft(int run) {
        return seam(lefts, run % lefts.length, paintWidth, width);
    }

    /** Column of the picture at which a run's tile ends to be taken. */
    int seamRight(int run) {
        return seam(lefts, run % lefts.length + 1, paintWidth, width);
    }

    /** Row at which a run's tile ends to count: what fills a small picture up is of it. */
    int coreBottom(int run) {
        return run / lefts.length == tops.length - 1
                ? top(run) + paintHeight : seamBottom(run);
    }

    /** Column at which a run's tile ends to count, likewise. */
    int coreRight(int run) {
        return run % lefts.length == lefts.length - 1 ? left(run) + paintWidth : seamRight(run);
    }

    /**
     * In the middle of what two neighbours share, and on the grid: statistics are of whole places,
     * each counted once.
     */
    private static int seam(int[] starts, int index, int tile, int length) {
        if (index == 0) {
            return 0;
        }
        return index == starts.length
                ? length : (starts[index] + starts[index - 1] + tile) / 2 / GRID * GRID;
    }
}
