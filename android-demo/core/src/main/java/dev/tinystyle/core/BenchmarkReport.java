package dev.tinystyle.core;

import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A benchmark run as its JSON file holds it. Filled by {@link BenchmarkRunner}. */
public final class BenchmarkReport {
    private static final String FORMAT = "tinystyle-benchmark-run";
    private static final int VERSION = 1;

    /** Longest text that the protocol's reader takes. */
    private static final int MAX_TEXT = 300;

    private final String runId;
    private final Map<String, Object> device;
    private String error;

    BenchmarkRequest request;
    String runtime;
    String sha256;
    Integer sizeBytes;
    List<String> providers = new ArrayList<String>();
    Double loadMs;
    Double firstRunMs;
    double[] rawMs = new double[0];
    double[] endToEndMs = new double[0];
    Long peakMemoryBytes;
    Map<String, Object> thermalBefore = thermal(null);
    Map<String, Object> thermalAfter = thermal(null);

    BenchmarkReport(String runId, DeviceProbe probe) {
        this.runId = runId;
        this.device = new LinkedHashMap<String, Object>(probe.device());
    }

    /** A run that was asked for as it should be, and failed before or after the measurement. */
    public static BenchmarkReport failed(
            BenchmarkRequest request, String error, DeviceProbe probe) {
        BenchmarkReport report = failed(request.runId, error, probe);
        report.request = request;
        return report;
    }

    /**
     * A run that could not be begun, since what was asked is not understood.
     *
     * @param runId as {@link BenchmarkRequest#runId(Map)} gave it
     */
    public static BenchmarkReport failed(String runId, String error, DeviceProbe probe) {
        BenchmarkReport report = new BenchmarkReport(runId, probe);
        report.fail(error);
        return report;
    }

    /**
     * Says that the run failed, in one sentence. Its times are not kept: nobody may take them for a
     * measurement.
     */
    public void fail(String message) {
        error = message.length() <= MAX_TEXT ? message : message.substring(0, MAX_TEXT);
        rawMs = new double[0];
        endToEndMs = new double[0];
    }

    static Map<String, Object> thermal(DeviceProbe probe) {
        Map<String, Object> reading = new LinkedHashMap<String, Object>();
        Double headroom = probe == null ? null : probe.thermalHeadroom();
        boolean known = headroom != null && !headroom.isNaN() && !headroom.isInfinite();
        reading.put("status", probe == null ? null : probe.thermalStatus());
        reading.put("headroom", known ? headroom : null);
        return reading;
    }

    /** Whether it was measured. */
    public boolean isDone() {
        return error == null;
    }

    /** One sentence that says what was wrong, or null. */
    public String error() {
        return error;
    }

    /** Times of the network alone, in milliseconds, in order; none where the run failed. */
    public double[] rawMs() {
        return rawMs.clone();
    }

    /** The object of the benchmark protocol, version 1. */
    public String toJson() {
        Map<String, Object> facts = new LinkedHashMap<String, Object>();
        facts.put("format", FORMAT);
        facts.put("version", VERSION);
        facts.put("run_id", runId);
        facts.put("status", isDone() ? "done" : "failed");
        facts.put("error", error);
        facts.put("model", request == null ? null : request.model);
        facts.put("sha256", sha256);
        facts.put("size_bytes", sizeBytes);
        facts.put("provider", request == null ? null : request.settings.provider().label());
        facts.put("providers", providers);
        facts.put("height", request == null ? null : request.settings.height());
        facts.put("width", request == null ? null : request.settings.width());
        facts.put("threads", request == null ? null : request.settings.threads());
        facts.put("warmup_runs", request == null ? null : request.warmupRuns);
        facts.put("load_ms", loadMs);
        facts.put("first_run_ms", firstRunMs);
        facts.put("raw_ms", rawMs);
        facts.put("end_to_end_ms", endToEndMs);
        facts.put("peak_memory_bytes", peakMemoryBytes);
        facts.put("thermal_before", thermalBefore);
        facts.put("thermal_after", thermalAfter);
        facts.put("device", device);
        facts.put("runtime", runtime);
        return Json.write(facts);
    }

    /**
     * Writes {@code RUN_ID.json} into a folder, made if needed: to a temporary name, synced, then
     * renamed, so that the file is whole as soon as it is there.
     */
    public File write(File folder) throws StyleException {
        return AtomicFile.write(folder, runId + ".json", toJson());
    }
}
