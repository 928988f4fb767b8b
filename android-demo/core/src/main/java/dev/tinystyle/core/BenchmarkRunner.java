package dev.tinystyle.core;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;

/** Measures a network by the benchmark protocol, version 1. Blocks: for a worker thread. */
public final class BenchmarkRunner {
    /** Where models are found by their names. */
    public interface Models {
        /** The bytes of a model. {@code name} comes from outside and was not looked at. */
        byte[] read(String name) throws StyleException;
    }

    private static final double MILLI = 1e-6;
    private static final double SECOND = 1e-9;

    private final SessionFactory factory;
    private final Clock clock;
    private final DeviceProbe probe;
    private final PixelPacking packing = new PixelPacking();

    /** @param clock {@link Clock#SYSTEM}, but in tests */
    public BenchmarkRunner(SessionFactory factory, Clock clock, DeviceProbe probe) {
        this.factory = factory;
        this.clock = clock;
        this.probe = probe;
    }

    /**
     * Runs what the extras of an intent ask for.
     *
     * @param runId as {@link BenchmarkRequest#runId(Map)} gave it
     * @return a report of the run or of its failure, which says what was asked as far as that was
     *     understood
     */
    public BenchmarkReport run(String runId, Map<String, ?> extras, Models models) {
        BenchmarkRequest request;
        try {
            request = BenchmarkRequest.of(extras);
        } catch (StyleException error) {
            return BenchmarkReport.failed(runId, error.getMessage(), probe);
        }
        byte[] model;
        try {
            model = models.read(request.model);
        } catch (StyleException error) {
            return BenchmarkReport.failed(request, error.getMessage(), probe);
        } catch (OutOfMemoryError error) {
            return BenchmarkReport.failed(request, "not enough memory for the model", probe);
        }
        return run(request, model);
    }

    /**
     * Loads the model, runs it once, warms up, and measures until there are {@code min_runs} runs
     * and {@code min_seconds} have passed, or {@code max_seconds} have. The picture painted is
     * {@link TestPicture}.
     *
     * <p>{@code raw_ms} are the runs of the network alone; {@code end_to_end_ms} the same runs with
     * copying the picture in and packing the painting for the screen.
     *
     * @param model the model's bytes
     * @return a report of the run or of its failure; nothing is thrown for a model that does not
     *     work
     */
    public BenchmarkReport run(BenchmarkRequest request, byte[] model) {
        BenchmarkReport report = new BenchmarkReport(request.runId, probe);
        report.request = request;
        report.runtime = factory.runtime();
        report.sha256 = ModelFile.sha256(model);
        report.sizeBytes = model.length;
        report.thermalBefore = BenchmarkReport.thermal(probe);
        try {
            long start = clock.nanoTime();
            StyleSession session = factory.open(model, request.model, request.settings);
            report.loadMs = (clock.nanoTime() - start) * MILLI;
            report.providers = session.providers();
            try {
                measure(session, request, report);
            } finally {
                session.close();
            }
        } catch (StyleException error) {
            report.fail(error.getMessage());
        } catch (OutOfMemoryError error) {
            report.fail("the device has not enough memory for a picture of this size");
        }
        report.thermalAfter = BenchmarkReport.thermal(probe);
        report.peakMemoryBytes = probe.peakMemoryBytes();
        return report;
    }

    private void measure(StyleSession session, BenchmarkRequest request, BenchmarkReport report)
            throws StyleException {
        int height = session.height();
        int width = session.width();
        byte[] picture = TestPicture.rgb(height, width);
        ByteBuffer screen = ByteBuffer.allocateDirect(4 * height * width);
        double[] raw = new double[Math.min(request.minRuns, 1024)];
        double[] whole = new double[raw.length];
        long[] times = new long[4];
        paint(session, picture, screen, times);
        report.firstRunMs = (times[2] - times[1]) * MILLI;
        for (int i = 0; i < request.warmupRuns; i++) {
            paint(session, picture, screen, times);
        }
        int count = 0;
        long start = clock.nanoTime();
        while (count < BenchmarkRequest.MAX_RUNS) {
            if (count == raw.length) {
                raw = Arrays.copyOf(raw, 2 * count);
                whole = Arrays.copyOf(whole, 2 * count);
            }
            paint(session, picture, screen, times);
            raw[count] = (times[2] - times[1]) * MILLI;
            whole[count] = (times[3] - times[0]) * MILLI;
            count++;
            double seconds = (times[3] - start) * SECOND;
            boolean enough = count >= request.minRuns && seconds >= request.minSeconds;
            if (enough || seconds >= request.maxSeconds) {
                break;
            }
        }
        report.rawMs = Arrays.copyOf(raw, count);
        report.endToEndMs = Arrays.copyOf(whole, count);
    }

    /** One picture. Times: at the start, before the network, after it, at the end. */
    private void paint(StyleSession session, byte[] picture, ByteBuffer screen, long[] times)
            throws StyleException {
        times[0] = clock.nanoTime();
        ByteBuffer input = session.input();
        input.clear();
        input.put(picture);
        input.clear();
        times[1] = clock.nanoTime();
        session.run();
        times[2] = clock.nanoTime();
        packing.toRgba(session.output(), screen, picture.length / 3);
        times[3] = clock.nanoTime();
    }
}
