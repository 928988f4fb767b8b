package dev.tinystyle.core;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs core on files that Python has written, for comparison there: {@code Commands SCRIPT}, one
 * command a line, words apart by spaces. Pictures are files of RGB bytes.
 */
public final class Commands {
    private Commands() {}

    public static void main(String[] arguments) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8);
        for (String line : lines) {
            run(line.split(" "));
        }
    }

    private static void run(String[] words) throws Exception {
        switch (words[0]) {
            case "yuv":
                yuv(words);
                break;
            case "blend":
                byte[] painted = read(words[1]);
                ColorBlend.apply(
                        painted, read(words[2]), Float.parseFloat(words[3]),
                        Boolean.parseBoolean(words[4]));
                write(words[5], painted);
                break;
            case "blend-buffers":
                blendBuffers(words);
                break;
            case "resize":
                write(words[9], Resampler.resize(
                        read(words[1]), whole(words[2]), whole(words[3]), whole(words[4]),
                        whole(words[5]), whole(words[6]), whole(words[7]), whole(words[8])));
                break;
            case "percentiles":
                percentiles(words);
                break;
            case "json":
                json(words);
                break;
            case "picture":
                write(words[3], TestPicture.rgb(whole(words[1]), whole(words[2])));
                break;
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    /**
     * yuv WIDTH HEIGHT Y ROW PIXEL U ROW PIXEL V ROW PIXEL ROTATION MIRRORED TO_WIDTH TO_HEIGHT
     * RGB; U and V that are one file are read as one buffer, V from its second byte on where the
     * name has "+1".
     */
    private static void yuv(String[] words) throws Exception {
        YuvFrame frame = new YuvFrame()
                .size(whole(words[1]), whole(words[2]))
                .y(plane(words[3]), whole(words[4]), whole(words[5]))
                .u(plane(words[6]), whole(words[7]), whole(words[8]))
                .v(plane(words[9]), whole(words[10]), whole(words[11]));
        int width = whole(words[14]);
        int height = whole(words[15]);
        ByteBuffer rgb = ByteBuffer.allocateDirect(width * height * 3);
        YuvConverter converter = new YuvConverter();
        // Another geometry before: its tables must not stay.
        converter.convert(frame, 0, false, ByteBuffer.allocateDirect(7 * 9 * 3), 7, 9);
        converter.convert(
                frame, whole(words[12]), Boolean.parseBoolean(words[13]), rgb, width, height);
        byte[] bytes = new byte[rgb.capacity()];
        rgb.get(bytes);
        write(words[16], bytes);
    }

    private static ByteBuffer plane(String name) throws IOException {
        boolean second = name.endsWith("+1");
        byte[] bytes = read(second ? name.substring(0, name.length() - 2) : name);
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length);
        buffer.put(bytes);
        buffer.position(second ? 1 : 0);
        return buffer.slice();
    }

    private static void blendBuffers(String[] words) throws IOException {
        byte[] painted = read(words[1]);
        ByteBuffer ours = ByteBuffer.allocateDirect(painted.length);
        ByteBuffer theirs = ByteBuffer.allocateDirect(painted.length);
        ours.put(painted);
        theirs.put(read(words[2]));
        new ColorBlend().apply(
                ours, theirs, painted.length / 3, Float.parseFloat(words[3]),
                Boolean.parseBoolean(words[4]));
        ours.get(painted);
        write(words[5], painted);
    }

    /** percentiles VALUES PERCENTS RESULT: JSON arrays. */
    private static void percentiles(String[] words) throws Exception {
        double[] values = numbers(words[1]);
        double[] percents = numbers(words[2]);
        double[] found = new double[percents.length + 2];
        for (int i = 0; i < percents.length; i++) {
            found[i] = Statistics.percentile(values, percents[i]);
        }
        found[percents.length] = Statistics.mean(values);
        found[percents.length + 1] = Statistics.median(values);
        write(words[3], Json.write(found).getBytes(StandardCharsets.UTF_8));
    }

    private static double[] numbers(String name) throws Exception {
        List<?> list = (List<?>) Json.read(new String(read(name), StandardCharsets.UTF_8));
        double[] numbers = new double[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = ((Number) list.get(i)).doubleValue();
        }
        return numbers;
    }

    /** json INPUT OUTPUT: reads and writes again; what is refused becomes the message in OUTPUT. */
    private static void json(String[] words) throws Exception {
        String text = new String(read(words[1]), StandardCharsets.UTF_8);
        String result;
        try {
            result = Json.write(Json.read(text));
        } catch (StyleException error) {
            result = "refused: " + error.getMessage();
        }
        write(words[2], result.getBytes(StandardCharsets.UTF_8));
    }

    private static int whole(String word) {
        return Integer.parseInt(word);
    }

    private static byte[] read(String name) throws IOException {
        return Files.readAllBytes(new File(name).toPath());
    }

    private static void write(String name, byte[] bytes) throws IOException {
        Files.write(new File(name).toPath(), bytes);
    }
}
