package dev.tinystyle.ort;

import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.TileSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** Direct buffers, made once, as those of {@link OrtStyleSession}. */
final class OrtTileSession extends OrtNetwork implements TileSession {
    // Names of tinystyle.network.manifest and tinystyle.runtime.given.statistics.
    private static final String INPUT = "image";
    private static final String STATISTICS = "statistics";
    private static final String CORE = "core";
    private static final String MEASURED = "measured";
    private static final String OUTPUT = "stylized";
    private static final int RGB = 3;

    /** Mean and variance; measured are places, too. */
    private static final int GIVEN = 2;

    private static final int ENDS = 4;

    /** Bytes. */
    private static final int FLOAT = 4;

    private static final int LONG = 8;

    private final SessionSettings settings;
    private final int channels;
    private final int measures;
    private ByteBuffer input;
    private FloatBuffer statistics;
    private LongBuffer core;
    private FloatBuffer measured;
    private ByteBuffer output;

    /** As of {@link OrtSessions#openTiles}. */
    OrtTileSession(String label, SessionSettings settings, int channels, int measures) {
        super(label);
        this.settings = settings;
        this.channels = channels;
        this.measures = measures;
    }

    void open(byte[] model) throws StyleException {
        Map<String, Integer> sizes = new HashMap<String, Integer>();
        sizes.put("height", settings.height());
        sizes.put("width", settings.width());
        open(model, settings.provider(), settings.threads(), sizes);
    }

    /** It would take twice as much, and tiles are for where memory is short. */
    @Override
    boolean reservesMemory() {
        return false;
    }

    @Override
    void accept() throws StyleException {
        boolean made = measures > 0
                ? makes(MEASURED, FloatBuffer.class) : makes(OUTPUT, ByteBuffer.class);
        if (!made || !takes(3) || !takes(INPUT, ByteBuffer.class)
                || !takes(STATISTICS, FloatBuffer.class) || !takes(CORE, LongBuffer.class)) {
            throw unfit("is not given its statistics; export it with --norm input --io uint8");
        }
        input = direct(settings.height() * settings.width() * RGB);
        give(INPUT, input, 1, settings.height(), settings.width(), RGB);
        statistics = direct(FLOAT * GIVEN * channels).asFloatBuffer();
        give(STATISTICS, statistics, GIVEN, channels);
        core = direct(LONG * ENDS).asLongBuffer();
        give(CORE, core, ENDS);
        if (measures > 0) {
            measured = direct(FLOAT * (GIVEN + 1) * measures).asFloatBuffer();
            take(MEASURED, measured, GIVEN + 1, measures, 1, 1);
        } else {
            output = direct(input.capacity());
            take(OUTPUT, output, 1, settings.height(), settings.width(), RGB);
        }
    }

    @Override
    public ByteBuffer input() {
        return input;
    }

    @Override
    public FloatBuffer statistics() {
        return statistics;
    }

    @Override
    public LongBuffer core() {
        return core;
    }

    @Override
    public FloatBuffer measured() {
        return measured;
    }

    @Override
    public ByteBuffer output() {
        return output;
    }

    @Override
    public void close() {
        super.close();
        input = null;
        statistics = null;
        core = null;
        measured = null;
        output = null;
    }
}
