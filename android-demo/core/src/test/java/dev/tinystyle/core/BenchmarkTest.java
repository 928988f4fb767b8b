package dev.tinystyle.core;

import java.io.File;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public final class BenchmarkTest {
    private final FakeSessions sessions = new FakeSessions();
    private final Map<String, Object> extras = new HashMap<>();
    private long now;
    private Double headroom = 0.25;

    private final DeviceProbe probe = new DeviceProbe() {
        @Override
        public Integer thermalStatus() {
            return 2;
        }

        @Override
        public Double thermalHeadroom() {
            return headroom;
        }

        @Override
        public Long peakMemoryBytes() {
            return null;
        }

        @Override
        public Map<String, Object> device() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("model", "a \"phone\"\n");
            facts.put("sdk", 35);
            facts.put("soc", null);
            return facts;
        }
    };

    public BenchmarkTest() {
        extras.put("run_id", "run-1");
        extras.put("model", "art.onnx");
        extras.put("provider", "cpu");
        extras.put("threads", 2);
        extras.put("height", 64);
        extras.put("width", 80);
        extras.put("warmup_runs", 3);
        extras.put("min_runs", 5);
        extras.put("min_seconds", "0");
        extras.put("max_seconds", "10");
    }

    /** A clock that goes on by a millisecond each time it is read; a run takes ten more. */
    private BenchmarkReport run(byte... model) throws StyleException {
        sessions.during = () -> now += 10_000_000L;
        return new BenchmarkRunner(sessions, () -> now += 1_000_000L, probe)
                .run(BenchmarkRequest.of(extras), model);
    }

    private int countedRuns() throws StyleException {
        int before = sessions.opened.size();
        BenchmarkReport report = run((byte) 1);
        Check.equal(report.rawMs().length + 1 + 3, sessions.opened.get(before).runs);
        return report.rawMs().length;
    }

    public void runsUntilThereAreEnough() throws Exception {
        Check.equal(5, countedRuns());
        extras.put("min_seconds", "1.0");
        int more = countedRuns();
        // A round is 14 ms: four readings of the clock and the run itself.
        Check.equal((int) Math.ceil(1000.0 / 14.0), more);
        extras.put("min_runs", 1000);
        extras.put("max_seconds", "2");
        Check.equal((int) Math.ceil(2000.0 / 14.0), countedRuns());
        extras.put("min_seconds", "0");
        extras.put("max_seconds", "0");
        Check.equal(1, countedRuns());
    }

    public void timesAreThoseOfTheClock() throws Exception {
        BenchmarkReport report = run((byte) 1);
        Check.that(report.isDone(), "error: " + report.error());
        for (double time : report.rawMs()) {
            Check.equal(11.0, time);
        }
        Map<String, Object> facts = Json.readObject(report.toJson(), "report");
        Check.equal(13.0, ((List<?>) facts.get("end_to_end_ms")).get(0));
        Check.equal(11.0, facts.get("first_run_ms"));
        Check.equal(1.0, facts.get("load_ms"));
        Check.equal(0, sessions.open());
    }

    public void theReportIsTheProtocols() throws Exception {
        headroom = Double.NaN;
        Map<String, Object> facts = Json.readObject(run((byte) 1).toJson(), "report");
        Check.equal(
                "[format, version, run_id, status, error, model, sha256, size_bytes, provider, "
                        + "providers, height, width, threads, warmup_runs, load_ms, first_run_ms, "
                        + "raw_ms, end_to_end_ms, peak_memory_bytes, thermal_before, "
                        + "thermal_after, device, runtime]",
                facts.keySet().toString());
        Check.equal("tinystyle-benchmark-run", facts.get("format"));
        Check.equal(1L, facts.get("version"));
        Check.equal("done", facts.get("status"));
        Check.equal(null, facts.get("error"));
        Check.equal("{status=2, headroom=null}", facts.get("thermal_before").toString());
        Check.equal("[cpu]", facts.get("providers").toString());
        Check.equal("a \"phone\"\n", ((Map<?, ?>) facts.get("device")).get("model"));
        Check.equal(35L, ((Map<?, ?>) facts.get("device")).get("sdk"));
    }

    public void aDamagedModelIsAReportOfFailure() throws Exception {
        BenchmarkReport report = run((byte) 0);
        Check.that(!report.isDone(), "it failed");
        Map<String, Object> facts = Json.readObject(report.toJson(), "report");
        Check.equal("failed", facts.get("status"));
        Check.equal("art.onnx: is damaged", facts.get("error"));
        Check.equal("[]", facts.get("raw_ms").toString());
        Check.equal(null, facts.get("load_ms"));
    }

    public void aRunThatCannotBeBegunIsOneToo() throws Exception {
        BenchmarkReport report = BenchmarkReport.failed("x", "no such model", probe);
        Map<String, Object> facts = Json.readObject(report.toJson(), "report");
        Check.equal("no such model", facts.get("error"));
        Check.equal(null, facts.get("model"));
        BenchmarkRequest request = BenchmarkRequest.of(extras);
        report = BenchmarkReport.failed(request, "x".repeat(1000), probe);
        facts = Json.readObject(report.toJson(), "report");
        Check.equal("art.onnx", facts.get("model"));
        Check.equal(64L, facts.get("height"));
        Check.equal(300, ((String) facts.get("error")).length());
    }

    private Map<String, Object> answer(BenchmarkRunner.Models models) throws StyleException {
        BenchmarkRunner runner = new BenchmarkRunner(sessions, () -> now += 1_000_000L, probe);
        return Json.readObject(runner.run("run-1", extras, models).toJson(), "report");
    }

    public void whatWasAskedStaysInTheReportOfAFailure() throws Exception {
        Map<String, Object> facts = answer(name -> {
            throw new StyleException(StyleException.Kind.MODEL, name + ": is not there");
        });
        Check.equal("art.onnx: is not there", facts.get("error"));
        Check.equal("[art.onnx, cpu, 64, 80, 2, 3]", List.of(
                facts.get("model"), facts.get("provider"), facts.get("height"),
                facts.get("width"), facts.get("threads"), facts.get("warmup_runs")).toString());
        facts = answer(name -> {
            throw new OutOfMemoryError();
        });
        Check.equal("not enough memory for the model", facts.get("error"));
        Check.equal("art.onnx", facts.get("model"));
        Check.equal("done", answer(name -> new byte[] {1}).get("status"));
        extras.put("height", 1);
        facts = answer(name -> new byte[] {1});
        Check.equal("failed", facts.get("status"));
        Check.equal(null, facts.get("model"));
        Check.equal("run-1", facts.get("run_id"));
    }

    public void aRunThatWasDisturbedHasNoTimes() throws Exception {
        BenchmarkReport report = run((byte) 1);
        report.fail("the benchmark was not in front");
        Map<String, Object> facts = Json.readObject(report.toJson(), "report");
        Check.equal("failed", facts.get("status"));
        Check.equal("[]", facts.get("raw_ms").toString());
        Check.equal("[]", facts.get("end_to_end_ms").toString());
        Check.equal("art.onnx", facts.get("model"));
    }

    public void badExtrasAreRefused() throws Exception {
        String[][] wrong = {
            {"run_id", "../x"}, {"run_id", ""}, {"provider", "gpu"}, {"min_seconds", "soon"},
            {"min_seconds", "NaN"}, {"max_seconds", "-1"}, {"min_seconds", "11"},
        };
        for (String[] entry : wrong) {
            Object before = extras.put(entry[0], entry[1]);
            Check.refused(
                    StyleException.Kind.OPTION, entry[0] + " is",
                    () -> BenchmarkRequest.of(extras));
            extras.put(entry[0], before);
        }
        Object[][] numbers = {
            {"threads", -1}, {"threads", null}, {"height", 63}, {"width", 9000}, {"min_runs", 0},
            {"warmup_runs", "3"},
        };
        for (Object[] entry : numbers) {
            Object before = extras.put((String) entry[0], entry[1]);
            Check.refused(
                    StyleException.Kind.OPTION, entry[0] + " is",
                    () -> BenchmarkRequest.of(extras));
            extras.put((String) entry[0], before);
        }
        BenchmarkRequest.of(extras);
        for (String key : BenchmarkRequest.textKeys()) {
            Check.that(extras.get(key) instanceof String, key);
        }
        for (String key : BenchmarkRequest.numberKeys()) {
            Check.that(extras.get(key) instanceof Integer, key);
        }
    }

    public void theFileIsThereWholeOrNotAtAll() throws Exception {
        File folder = new File(RunTests.folder(), "a/b");
        BenchmarkReport report = run((byte) 1);
        File file = report.write(folder);
        report.write(folder);
        Check.equal("run-1.json", file.getName());
        Check.equal(1, folder.list().length);
        Check.equal(
                report.toJson(), new String(Files.readAllBytes(file.toPath()), "UTF-8"));
        Check.refused(
                StyleException.Kind.OUTPUT, "cannot be written", () -> report.write(file));
    }
}
