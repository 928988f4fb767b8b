package dev.tinystyle.core;

/**
 * Paints a photo as its strokes ask for and memory allows: at once, smaller and carried to its
 * size, or in tiles. One thread at a time.
 */
public final class FittingPainter {
    /** Where networks for tiles come from. */
    public interface Tiles {
        /** Those of a style, by its network's file; null for one that cannot be painted so. */
        TileNetworks of(byte[] model) throws StyleException;
    }

    private final SessionFactory factory;
    private final Tiles tiles;
    private final Provider provider;
    private final int threads;
    private PaintPlan plan;
    private boolean tookMask;

    public FittingPainter(SessionFactory factory, Tiles tiles, Provider provider, int threads) {
        this.factory = factory;
        this.tiles = tiles;
        this.provider = provider;
        this.threads = threads;
    }

    /**
     * Paints a photo.
     *
     * @param label names the model in messages
     * @param rgb {@code height * width * 3} bytes
     * @param mask as of {@link PhotoPainter#paint}
     * @param maxPixels that memory holds at once
     * @return as many bytes, or null if it was called off
     */
    public byte[] paint(
            byte[] model, String label, byte[] rgb, int height, int width, RegionMask mask,
            Strokes strokes, int maxPixels, PhotoPainter.Progress progress)
            throws StyleException {
        tookMask = false;
        // Not local: the networks of android-assets have instance norms, which see the whole.
        plan = PaintPlan.of(height, width, strokes, false, maxPixels);
        TileNetworks networks =
                plan.limited() && strokes == Strokes.FINE ? tiles.of(model) : null;
        if (networks != null) {
            int most = Math.min(maxPixels, TilePainter.MOST_PIXELS);
            plan = PaintPlan.of(height, width, strokes, true, most);
            return new TilePainter(factory)
                    .paint(networks, label, provider, threads, rgb, plan, progress);
        }
        PhotoPainter painter = new PhotoPainter(factory);
        byte[] painted = painter.paint(
                model, label, provider, threads, rgb, height, width, mask, plan, progress);
        tookMask = painter.tookMask();
        return painted;
    }

    /** How the last {@link #paint} went about it. */
    public PaintPlan plan() {
        return plan;
    }

    /** Whether the network of the last {@link #paint} has regions. */
    public boolean tookMask() {
        return tookMask;
    }
}
