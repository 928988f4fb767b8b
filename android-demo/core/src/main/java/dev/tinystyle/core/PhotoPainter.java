package dev.tinystyle.core;

/** Paints photos of any size by a {@link PaintPlan}. */
public final class PhotoPainter {
    /** Is told how far it is, and may call it off. On the painting thread. */
    public interface Progress {
        /** @return whether to go on */
        boolean painted(int runs, int ofRuns);
    }

    public PhotoPainter(SessionFactory factory) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Paints a photo. Opens the network at the plan's size, and closes it.
     *
     * @param rgb {@code height * width * 3} bytes
     * @return as many bytes, or null if it was called off
     */
    public byte[] paint(
            byte[] model, String label, Provider provider, int threads, byte[] rgb, int height,
            int width, PaintPlan plan, Progress progress)
            throws StyleException {
        throw new UnsupportedOperationException("being written");
    }
}
