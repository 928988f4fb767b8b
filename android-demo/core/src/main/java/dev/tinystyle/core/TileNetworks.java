package dev.tinystyle.core;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The networks that paint a style in tiles: one that paints, and a part of it for each norm, which
 * measures that norm's statistics once those before are known. Templates; a style's weights are put
 * into them. Each is read when it is needed.
 */
public final class TileNetworks {
    /** Files of the app's assets. */
    public interface Files {
        /** Bytes of a file that the index names. */
        byte[] read(String path) throws StyleException;
    }

    /** What a run that paints takes, in convolutions of those that measure. */
    static final int PAINTING = 24;

    private static final Charset UTF_8 = Charset.forName("UTF-8");

    /** More than any network of ours has. */
    private static final int MOST = 100000;

    private final Files files;
    private final float[] weights;
    private final Map<?, ?> painting;
    private final List<Map<?, ?>> measuring = new ArrayList<>();
    private final int channels;

    private TileNetworks(Map<?, ?> entry, Files files, float[] weights) throws StyleException {
        this.files = files;
        this.weights = weights;
        painting = entry;
        channels = whole(entry, "channels");
        if (!PaintPlan.fits(whole(entry, "margin"), whole(entry, "multiple"))) {
            throw damaged();
        }
        Object parts = entry.get("measuring");
        if (!(parts instanceof List)) {
            throw damaged();
        }
        int sum = 0;
        for (Object part : (List<?>) parts) {
            measuring.add(object(part));
            sum += whole(object(part), "channels");
        }
        if (sum != channels) {
            throw damaged();
        }
    }

    /**
     * Those of a style.
     *
     * @param entry of the index, "tiles"
     * @param weights as {@link StyleTemplate#weightsOf} finds them
     */
    public static TileNetworks of(Object entry, Files files, float[] weights)
            throws StyleException {
        return new TileNetworks(object(entry), files, weights);
    }

    /** Of all norms. */
    int channels() {
        return channels;
    }

    /** How many norms are measured, one after another. */
    int norms() {
        return measuring.size();
    }

    /** Of one norm. */
    int channels(int norm) throws StyleException {
        return whole(measuring.get(norm), "channels");
    }

    /** What measuring a norm takes, in convolutions. */
    int work(int norm) throws StyleException {
        return whole(measuring.get(norm), "convolutions");
    }

    /** The model that measures a norm. */
    byte[] measuring(int norm) throws StyleException {
        return filled(measuring.get(norm));
    }

    /** The model that paints. */
    byte[] painting() throws StyleException {
        return filled(painting);
    }

    private byte[] filled(Map<?, ?> entry) throws StyleException {
        byte[] places = files.read(text(entry, "places"));
        return StyleTemplate.of(files.read(text(entry, "model")), new String(places, UTF_8))
                .fill(weights);
    }

    private static Map<?, ?> object(Object value) throws StyleException {
        if (!(value instanceof Map)) {
            throw damaged();
        }
        return (Map<?, ?>) value;
    }

    private static String text(Map<?, ?> facts, String key) throws StyleException {
        if (!(facts.get(key) instanceof String)) {
            throw damaged();
        }
        return (String) facts.get(key);
    }

    private static int whole(Map<?, ?> facts, String key) throws StyleException {
        Object value = facts.get(key);
        if (!(value instanceof Long) || (Long) value < 1 || (Long) value > MOST) {
            throw damaged();
        }
        return ((Long) value).intValue();
    }

    private static StyleException damaged() {
        return new StyleException(
                StyleException.Kind.MODEL,
                "the app's networks for tiles are damaged; build it again with tinystyle "
                        + "android-assets");
    }
}
