package dev.tinystyle.core;

import java.nio.ByteBuffer;

/**
 * What the two sliders do to a painting: strength and keeping the photograph's colours.
 *
 * <p>Strength is the blend of tinystyle.spec.NetSpec, keeping colours is transfer_luma of
 * tinystyle.runtime.color. Made once; nothing is allocated by a call of a size seen before.
 */
public final class ColorBlend {
    /**
     * {@code painted} becomes photograph + strength * (painted - photograph); with {@code
     * keepColor}, then the photograph with the luma of that.
     *
     * @param painted RGB bytes, changed in place, from position 0
     * @param photograph RGB bytes, as many
     * @param strength 0 to 1
     * @param pixels number of pixels
     */
    public void apply(
            ByteBuffer painted, ByteBuffer photograph, int pixels, float strength,
            boolean keepColor) {
        throw new UnsupportedOperationException("being written");
    }
}
