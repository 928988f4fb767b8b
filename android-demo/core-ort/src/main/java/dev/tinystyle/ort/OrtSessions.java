package dev.tinystyle.ort;

import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;
import dev.tinystyle.core.TileSession;

/**
 * Opens sessions of onnxruntime: all that the app sees of it. Where it is not in the APK, or is
 * made for another processor, the user is told so, and nothing crashes: its classes are first
 * touched in the methods here.
 */
public final class OrtSessions implements SessionFactory {
    @Override
    public String runtime() {
        try {
            return OrtNetwork.runtime();
        } catch (LinkageError error) {
            return "none";
        }
    }

    @Override
    public StyleSession open(byte[] model, String label, SessionSettings settings)
            throws StyleException {
        try {
            OrtStyleSession session = new OrtStyleSession(label, settings);
            session.open(model);
            return session;
        } catch (LinkageError error) {
            throw absent(error);
        }
    }

    @Override
    public FloatSession openFloats(byte[] model, String label, int threads)
            throws StyleException {
        try {
            OrtFloatSession session = new OrtFloatSession(label);
            session.open(model, threads);
            return session;
        } catch (LinkageError error) {
            throw absent(error);
        }
    }

    @Override
    public TileSession openTiles(
            byte[] model, String label, SessionSettings settings, int channels, int measured)
            throws StyleException {
        try {
            OrtTileSession session = new OrtTileSession(label, settings, channels, measured);
            session.open(model);
            return session;
        } catch (LinkageError error) {
            throw absent(error);
        }
    }

    private static StyleException absent(LinkageError error) {
        return new StyleException(
                StyleException.Kind.MODEL,
                "onnxruntime is not in this app, or not for this processor (" + error
                        + "); install the app that Gradle builds",
                error);
    }
}
