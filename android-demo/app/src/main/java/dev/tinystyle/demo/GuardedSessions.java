package dev.tinystyle.demo;

import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;
import dev.tinystyle.ort.OrtSessions;

/**
 * onnxruntime's sessions, made when first needed: where its library is not in the APK, or is made
 * for another processor, the user is told so, and nothing crashes.
 */
final class GuardedSessions implements SessionFactory {
    private SessionFactory sessions;

    @Override
    public StyleSession open(byte[] model, String label, SessionSettings settings)
            throws StyleException {
        try {
            return sessions().open(model, label, settings);
        } catch (LinkageError error) {
            throw absent(error);
        }
    }

    @Override
    public FloatSession openFloats(byte[] model, String label, int threads) throws StyleException {
        try {
            return sessions().openFloats(model, label, threads);
        } catch (LinkageError error) {
            throw absent(error);
        }
    }

    @Override
    public String runtime() {
        try {
            return sessions().runtime();
        } catch (LinkageError error) {
            return "none";
        }
    }

    private synchronized SessionFactory sessions() {
        if (sessions == null) {
            sessions = new OrtSessions();
        }
        return sessions;
    }

    private static StyleException absent(LinkageError error) {
        return new StyleException(
                StyleException.Kind.MODEL,
                "onnxruntime is not in this app, or not for this processor (" + error
                        + "); install the app that Gradle builds",
                error);
    }
}
