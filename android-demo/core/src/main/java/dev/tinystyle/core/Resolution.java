package dev.tinystyle.core;

/** Sizes at which the camera's picture is painted: 4:3, sides that the network halves twice. */
public enum Resolution {
    SMALLEST(192, 256),
    SMALL(240, 320),
    MEDIUM(336, 448),
    LARGE(480, 640),
    LARGEST(720, 960);

    /** No device has been measured: small enough to begin with on a slow one. */
    public static final Resolution DEFAULT = SMALL;

    private final int shorter;
    private final int longer;

    Resolution(int shorter, int longer) {
        this.shorter = shorter;
        this.longer = longer;
    }

    /** In pixels. */
    public int height(boolean landscape) {
        return landscape ? shorter : longer;
    }

    /** In pixels. */
    public int width(boolean landscape) {
        return landscape ? longer : shorter;
    }

    /** For the list of choices. */
    @Override
    public String toString() {
        return longer + " × " + shorter;
    }
}
