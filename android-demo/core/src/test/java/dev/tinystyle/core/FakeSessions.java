package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Networks that invert pictures. A model whose first byte is 0 is damaged. */
final class FakeSessions implements SessionFactory {
    final List<FakeSession> opened = new ArrayList<>();

    /** Called in the middle of a run; may be null. */
    Runnable during;

    @Override
    public FakeSession open(byte[] model, String label, SessionSettings settings)
            throws StyleException {
        if (model[0] == 0) {
            throw new StyleException(StyleException.Kind.MODEL, label + ": is damaged");
        }
        FakeSession session = new FakeSession(this, settings.height(), settings.width());
        opened.add(session);
        return session;
    }

    @Override
    public FloatSession openFloats(byte[] model, String label, int threads) {
        throw new UnsupportedOperationException("no test asks for it");
    }

    @Override
    public TileSession openTiles(
            byte[] model, String label, SessionSettings settings, int channels, int measured) {
        throw new UnsupportedOperationException("no test asks for it");
    }

    @Override
    public String runtime() {
        return "fake 1.0";
    }

    /** Sessions that have not been closed. */
    int open() {
        int count = 0;
        for (FakeSession session : opened) {
            count += session.closed ? 0 : 1;
        }
        return count;
    }

    static final class FakeSession implements StyleSession {
        private final FakeSessions factory;
        private final int height;
        private final int width;
        private final ByteBuffer input;
        private final ByteBuffer output;
        boolean closed;
        int runs;

        FakeSession(FakeSessions factory, int height, int width) {
            this.factory = factory;
            this.height = height;
            this.width = width;
            input = ByteBuffer.allocateDirect(height * width * 3);
            output = ByteBuffer.allocateDirect(height * width * 3);
        }

        @Override
        public int height() {
            return height;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public ByteBuffer mask() {
            return null;
        }

        @Override
        public List<String> providers() {
            return Collections.singletonList("cpu");
        }

        @Override
        public ByteBuffer input() {
            return input;
        }

        @Override
        public ByteBuffer output() {
            return output;
        }

        @Override
        public void run() throws StyleException {
            Check.that(!closed, "a closed session was run");
            if (factory.during != null) {
                factory.during.run();
            }
            Check.that(!closed, "a session was closed under its frame");
            runs++;
            for (int i = 0; i < input.capacity(); i++) {
                output.put(i, (byte) (255 - (input.get(i) & 0xff)));
            }
        }

        @Override
        public void close() {
            Check.that(!closed, "a session was closed twice");
            closed = true;
        }
    }
}
