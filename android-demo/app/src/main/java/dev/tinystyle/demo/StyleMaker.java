package dev.tinystyle.demo;

import android.graphics.Bitmap;
import android.net.Uri;
import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.Resampler;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleGenerator;

/** Any style: looks at a picture once and keeps a network that paints like it. No server. */
final class StyleMaker {
    /** An artwork is looked at with 256 pixels; more than these are not worth decoding. */
    private static final int MAX_PIXELS = 1 << 20;

    private static final int THUMBNAIL_SIDE = 192;

    private final PictureReader pictures;
    private final StyleLibrary library;
    private final SessionFactory sessions;

    StyleMaker(PictureReader pictures, StyleLibrary library, SessionFactory sessions) {
        this.pictures = pictures;
        this.library = library;
        this.sessions = sessions;
    }

    /** Makes a network. Slow: for a worker thread. Returns the name of its style. */
    String make(Uri artwork) throws StyleException {
        RgbPicture picture = pictures.read(artwork, MAX_PIXELS);
        FloatSession hypernetwork =
                sessions.openFloats(
                        library.hypernetwork(), "hypernetwork", PreviewPainter.threads());
        byte[] model;
        try {
            model =
                    new StyleGenerator(hypernetwork, library.template())
                            .generate(
                                    picture.rgb,
                                    picture.height,
                                    picture.width,
                                    StyleGenerator.DEFAULT_STYLE_SIZE);
        } finally {
            hypernetwork.close();
        }
        return library.add(model, thumbnail(picture));
    }

    private static Bitmap thumbnail(RgbPicture picture) {
        int side = Math.min(picture.height, picture.width);
        byte[] small =
                Resampler.resize(
                        picture.rgb,
                        picture.width,
                        (picture.height - side) / 2,
                        (picture.width - side) / 2,
                        side,
                        side,
                        THUMBNAIL_SIDE,
                        THUMBNAIL_SIDE);
        return Painting.toBitmap(small, THUMBNAIL_SIDE, THUMBNAIL_SIDE);
    }
}
