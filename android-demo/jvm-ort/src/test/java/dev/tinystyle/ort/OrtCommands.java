package dev.tinystyle.ort;

import ai.onnxruntime.Handles;
import com.sun.management.ThreadMXBean;
import dev.tinystyle.core.BenchmarkReport;
import dev.tinystyle.core.BenchmarkRequest;
import dev.tinystyle.core.BenchmarkRunner;
import dev.tinystyle.core.Clock;
import dev.tinystyle.core.DeviceProbe;
import dev.tinystyle.core.FloatSession;
import dev.tinystyle.core.Json;
import dev.tinystyle.core.ModelFile;
import dev.tinystyle.core.PaintPlan;
import dev.tinystyle.core.PhotoPainter;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.RegionMask;
import dev.tinystyle.core.SessionSettings;
import dev.tinystyle.core.Strokes;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleGenerator;
import dev.tinystyle.core.StyleSession;
import dev.tinystyle.core.StyleTemplate;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs sessions on files that Python has written: {@code OrtCommands SCRIPT}, one command a line,
 * words apart by spaces. Prints a line for each: what was found, or {@code refused KIND: message}.
 */
public final class OrtCommands {
    private static final OrtSessions SESSIONS = new OrtSessions();

    private OrtCommands() {}

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
            String[] words = line.split(" ");
            try {
                System.out.println(run(words));
            } catch (StyleException error) {
                System.out.println("refused " + error.kind() + ": " + error.getMessage());
            }
        }
    }

    private static String run(String[] words) throws Exception {
        switch (words[0]) {
            case "runtime":
                return SESSIONS.runtime();
            case "paint":
                return paint(words);
            case "allocations":
                return allocations(words);
            case "photo":
                return photo(words);
            case "tiles":
                return TilesCommand.run(SESSIONS, words);
            case "generate":
                return generate(words);
            case "weights":
                return weights(words);
            case "benchmark":
                return benchmark(words);
            case "device":
                return device(words);
            case "handles":
                return "handles " + Handles.open();
            case "preview":
                return PreviewCommand.run(SESSIONS, words);
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static StyleSession open(String[] words) throws StyleException {
        File file = new File(words[1]);
        return SESSIONS.open(
                ModelFile.read(file), file.getName(),
                new SessionSettings(
                        Provider.of(words[2]), whole(words[3]), whole(words[4]), whole(words[5])));
    }

    /** paint MODEL PROVIDER THREADS HEIGHT WIDTH RGB RESULT. Twice, the second time counts. */
    private static String paint(String[] words) throws Exception {
        StyleSession session = open(words);
        try {
            byte[] rgb = read(words[6]);
            session.run();
            session.input().clear();
            session.input().put(rgb);
            session.run();
            session.output().clear();
            session.output().get(rgb);
            Files.write(Path.of(words[7]), rgb);
            return "providers " + session.providers();
        } finally {
            session.close();
            session.close();
        }
    }

    /** allocations MODEL PROVIDER THREADS HEIGHT WIDTH: bytes of Java's heap for a run. */
    private static String allocations(String[] words) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        StyleSession session = open(words);
        try {
            for (int i = 0; i < 3; i++) {
                session.run();
            }
            long before = threads.getThreadAllocatedBytes(self);
            for (int i = 0; i < 10; i++) {
                session.run();
            }
            return Long.toString((threads.getThreadAllocatedBytes(self) - before) / 10);
        } finally {
            session.close();
        }
    }

    /**
     * photo MODEL HOW MAX_PIXELS HEIGHT WIDTH RGB RESULT [MASK HEIGHT WIDTH]; HOW is preview, fine,
     * or local: fine, by a network whose pixels depend on near ones alone.
     */
    private static String photo(String[] words) throws Exception {
        int height = whole(words[4]);
        int width = whole(words[5]);
        Strokes strokes = words[2].equals("preview") ? Strokes.AS_PREVIEW : Strokes.FINE;
        PaintPlan plan = PaintPlan.of(
                height, width, strokes, words[2].equals("local"), whole(words[3]));
        RegionMask mask = words.length <= 8 ? null : RegionMask.of(
                read(words[8]), whole(words[9]), whole(words[10]), false);
        PhotoPainter painter = new PhotoPainter(SESSIONS);
        byte[] painted = painter.paint(
                read(words[1]), "photo", Provider.CPU, 2, read(words[6]), height, width, mask, plan,
                (runs, ofRuns) -> true);
        Files.write(Path.of(words[7]), painted);
        String regions = painter.tookMask() ? " regions" : "";
        return plan.way() + " " + plan.runs() + regions;
    }

    /** generate HYPERNETWORK TEMPLATE PLACES HEIGHT WIDTH RGB STYLE_SIZE RESULT. */
    private static String generate(String[] words) throws Exception {
        StyleTemplate template = StyleTemplate.of(
                read(words[2]), new String(read(words[3]), StandardCharsets.UTF_8));
        FloatSession hypernetwork = SESSIONS.openFloats(read(words[1]), "hypernetwork", 2);
        try {
            byte[] model = new StyleGenerator(hypernetwork, template)
                    .generate(read(words[6]), whole(words[4]), whole(words[5]), whole(words[7]));
            Files.write(Path.of(words[8]), model);
            return template.weightCount() + " weights";
        } finally {
            hypernetwork.close();
            hypernetwork.close();
        }
    }

    /** weights MODEL: whether it is taken for a hypernetwork. */
    private static String weights(String[] words) throws Exception {
        SESSIONS.openFloats(read(words[1]), "style model", 1).close();
        return "opened";
    }

    /** benchmark ID MODEL HEIGHT WIDTH RUNS FOLDER. */
    private static String benchmark(String[] words) throws Exception {
        Map<String, Object> extras = new HashMap<>();
        extras.put("run_id", words[1]);
        extras.put("model", new File(words[2]).getName());
        extras.put("provider", "cpu");
        extras.put("threads", 2);
        extras.put("height", whole(words[3]));
        extras.put("width", whole(words[4]));
        extras.put("warmup_runs", 1);
        extras.put("min_runs", whole(words[5]));
        extras.put("min_seconds", "0");
        extras.put("max_seconds", "60");
        BenchmarkReport report = new BenchmarkRunner(SESSIONS, Clock.SYSTEM, new Computer())
                .run(BenchmarkRequest.of(extras), read(words[2]));
        return report.write(new File(words[6])).getName();
    }

    /**
     * device EXTRAS FILES: what the benchmark activity does with the extras of its intent, in a
     * JSON file. Models are in FILES/models, the report goes to FILES/benchmark.
     */
    private static String device(String[] words) throws Exception {
        Map<String, Object> given = Json.readObject(
                new String(read(words[1]), StandardCharsets.UTF_8), "extras");
        Map<String, Object> extras = new HashMap<>();
        for (Map.Entry<String, Object> extra : given.entrySet()) {
            boolean number = extra.getValue() instanceof Long;
            extras.put(
                    extra.getKey(),
                    number ? (Object) Math.toIntExact((Long) extra.getValue()) : extra.getValue());
        }
        File files = new File(words[2]);
        File models = new File(files, "models");
        String runId = BenchmarkRequest.runId(extras);
        BenchmarkReport report = new BenchmarkRunner(SESSIONS, Clock.SYSTEM, new Computer())
                .run(runId, extras, name -> ModelFile.read(ModelFile.inFolder(models, name)));
        return report.write(new File(files, "benchmark")).getName();
    }

    /** What the JVM tells instead of Android. */
    private static final class Computer implements DeviceProbe {
        @Override
        public Integer thermalStatus() {
            return null;
        }

        @Override
        public Double thermalHeadroom() {
            return null;
        }

        @Override
        public Long peakMemoryBytes() {
            return null;
        }

        @Override
        public Map<String, Object> device() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("manufacturer", "none");
            facts.put("model", "JVM");
            facts.put("android", "none");
            facts.put("sdk", 0);
            facts.put("abi", System.getProperty("os.arch"));
            facts.put("soc", null);
            return facts;
        }
    }

    private static int whole(String word) {
        return Integer.parseInt(word);
    }

    private static byte[] read(String name) throws Exception {
        return Files.readAllBytes(Path.of(name));
    }
}
