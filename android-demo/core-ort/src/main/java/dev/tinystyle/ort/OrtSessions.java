package dev.tinystyle.ort;

import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleSession;

/** Opens sessions of onnxruntime: all that the app sees of it. */
public final class OrtSessions implements SessionFactory {
    @Override
    public String runtime() {
        return OrtNetwork.runtime();
    }

    @Override
    public StyleSession open(byte[] model, String label, SessionSettings settings)
            throws StyleException {
        OrtStyleSession session = new OrtStyleSession(label, settings);
        session.open(model);
        return session;
    }

    @Override
    public FloatSession openFloats(byte[] model, String label, int threads)
            throws StyleException {
        OrtFloatSession session = new OrtFloatSession(label);
        session.open(model, threads);
        return session;
    }
}
