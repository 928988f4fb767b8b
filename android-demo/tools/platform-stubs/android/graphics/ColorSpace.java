package android.graphics;

/** Compile-only. Level 26. */
public abstract class ColorSpace {
    ColorSpace() {}

    public enum Named {
        SRGB
    }

    public static ColorSpace get(Named name) {
        throw new RuntimeException("Stub!");
    }
}
