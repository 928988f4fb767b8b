package dev.tinystyle.core;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;

/** Model files, templates and JSON that are not as they should be. */
public final class FilesTest {
    private static final byte[] MODEL = {9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9};

    private static String places(String list) {
        return "{\"format\": \"tinystyle-template\", \"version\": 1, \"sha256\": \""
                + ModelFile.sha256(MODEL) + "\", \"weights\": 3, \"places\": " + list + "}";
    }

    private static final String GOOD = places(
            "[{\"name\": \"a\", \"offset\": 2, \"count\": 2},"
                    + " {\"name\": \"b\", \"offset\": 11, \"count\": 1}]");

    public void weightsGoWhereTheyBelong() throws Exception {
        StyleTemplate template = StyleTemplate.of(MODEL, GOOD);
        Check.equal(3, template.weightCount());
        byte[] filled = template.fill(new float[] {1.0f, -2.0f, 0.5f});
        byte[] expected = {
            9, 9, 0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 9, 0, 0, 0, 0x3f, 9,
        };
        Check.equal(expected, filled);
        Check.equal((byte) 0, MODEL[5]);
    }

    public void weightsThatAreNoneAreRefused() throws Exception {
        StyleTemplate template = StyleTemplate.of(MODEL, GOOD);
        StyleException.Kind kind = StyleException.Kind.MODEL;
        Check.refused(kind, "2 weights", () -> template.fill(new float[2]));
        Check.refused(kind, "not numbers", () -> template.fill(new float[] {0, Float.NaN, 0}));
    }

    public void listsThatDoNotFitAreRefused() throws Exception {
        String[][] wrong = {
            {"", "not JSON"},
            {"[]", "not an object"},
            {GOOD.replace("version\": 1", "version\": 2"), "version 1"},
            {GOOD.replace("sha256\": \"", "sha256\": \"0"), "another file"},
            {places("3"), "no list"},
            {places("[3]"), "damaged"},
            {places("[{\"offset\": 12, \"count\": 2}]"), "beyond"},
            {places("[{\"offset\": -4, \"count\": 1}]"), "offset is -4"},
            {places("[{\"offset\": 2, \"count\": 4611686018427387904}]"), "count is"},
            {places("[{\"offset\": 2.5, \"count\": 1}]"), "offset is 2.5"},
            {places("[{\"offset\": 2, \"count\": 1}]"), "lists 1 of its 3"},
        };
        for (String[] entry : wrong) {
            Check.refused(
                    StyleException.Kind.MODEL, entry[1], () -> StyleTemplate.of(MODEL, entry[0]));
        }
    }

    public void jsonThatIsNoneIsRefused() throws Exception {
        String[] wrong = {
            "", " ", "{", "[", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "+1", "1.", ".5",
            "1e", "-", "NaN", "Infinity", "1e999", "tru", "nulll", "\"", "\"\\x\"", "\"\\u12g4\"",
            "\"\t\"", "[1] 2", "// c\n1", "{\"a\":1,\"a\":2}", "[1 2]", "{\"a\" 1}", "{\"a\"}",
            "\u00a01", "[\"\\", "\"\\u00",
        };
        for (String text : wrong) {
            Check.refused(StyleException.Kind.MODEL, "not JSON", () -> Json.read(text));
        }
        Check.refused(StyleException.Kind.MODEL, "deeper", () -> Json.read("[".repeat(100000)));
        Check.refused(
                StyleException.Kind.MODEL, "not an object", () -> Json.readObject("[1]", "a"));
    }

    public void numbersThatJsonHasNotAreNotWritten() throws Exception {
        Check.mistaken(() -> Json.write(Double.NaN));
        Check.mistaken(() -> Json.write(new double[] {Double.POSITIVE_INFINITY}));
        Check.mistaken(() -> Json.write(new Object()));
    }

    public void aReasonIsNeverEmpty() {
        Check.equal("gone", StyleException.reason(new IOException("gone")));
        Check.equal("IOException", StyleException.reason(new IOException()));
    }

    public void namesFromOutsideStayInTheirFolder() throws Exception {
        File folder = new File("/models");
        Check.equal(
                new File(folder, "Art-1_b.onnx"), ModelFile.inFolder(folder, "Art-1_b.onnx"));
        String[] wrong = {
            null, "", "a", "../a.onnx", "a/b.onnx", ".a.onnx", "a\\b.onnx", "a b.onnx",
            "a\n.onnx", "é.onnx", "x".repeat(200) + ".onnx", "a.onnx\u0000.ort", "a.txt",
        };
        for (String name : wrong) {
            Check.refused(
                    StyleException.Kind.OPTION, "plain name",
                    () -> ModelFile.inFolder(folder, name));
        }
    }

    public void modelFilesAreReadWithinLimits() throws Exception {
        File folder = RunTests.folder();
        File file = new File(folder, "a.onnx");
        StyleException.Kind kind = StyleException.Kind.MODEL;
        Check.refused(kind, "a.onnx: there is no", () -> ModelFile.read(file));
        Check.refused(kind, "there is no", () -> ModelFile.read(folder));
        Files.write(file.toPath(), new byte[0]);
        Check.refused(kind, "empty", () -> ModelFile.read(file));
        Files.write(file.toPath(), MODEL);
        Check.equal(MODEL, ModelFile.read(file));
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 1;
            }

            @Override
            public int read(byte[] target, int from, int count) {
                return count;
            }
        };
        Check.refused(kind, "bytes", () -> ModelFile.read(endless, "asset"));
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("gone");
            }
        };
        Check.refused(kind, "gone", () -> ModelFile.read(broken, "asset"));
        Check.equal(MODEL, ModelFile.read(new ByteArrayInputStream(MODEL), "asset"));
        Check.equal(
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                ModelFile.sha256(new byte[0]));
    }
}
