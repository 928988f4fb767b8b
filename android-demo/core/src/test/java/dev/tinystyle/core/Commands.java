package dev.tinystyle.core;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
            case "plane":
                write(words[6], Resampler.resizePlane(
                        read(words[1]), whole(words[2]), whole(words[3]), whole(words[4]),
                        whole(words[5])));
                break;
            case "strokes":
                int[] sides = Strokes.valueOf(words[1]).painted(whole(words[2]), whole(words[3]));
                write(words[4], (sides[0] + " " + sides[1]).getBytes(StandardCharsets.UTF_8));
                break;
            case "enlarge":
                enlarge(words);
                break;
            case "weights":
                weights(words);
                break;
            case "decoded":
                decoded(words);
                break;
            case "turn":
                turn(words);
                break;
            case "mask":
                mask(words);
                break;
            case "kind":
                write(words[2], String.valueOf(PictureKind.unreadable(read(words[1])))
                        .getBytes(StandardCharsets.UTF_8));
                break;
            case "facts":
                facts(words);
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

    /** mask RGB HEIGHT WIDTH CHANGED TO_HEIGHT TO_WIDTH RESULT: labels, or why there are none. */
    private static void mask(String[] words) throws IOException {
        ByteBuffer labels = ByteBuffer.allocateDirect(whole(words[5]) * whole(words[6]));
        byte[] result = new byte[labels.capacity()];
        try {
            RegionMask mask = RegionMask.of(
                    read(words[1]), whole(words[2]), whole(words[3]),
                    Boolean.parseBoolean(words[4]));
            mask.fill(labels, whole(words[5]), whole(words[6]));
            labels.get(result);
        } catch (StyleException refused) {
            result = refused.getMessage().getBytes(StandardCharsets.UTF_8);
        }
        write(words[7], result);
    }

    /** enlarge PAINTED SMALL HEIGHT WIDTH LARGE TO_HEIGHT TO_WIDTH ROWS RESULT: ROWS at a time. */
    private static void enlarge(String[] words) throws IOException {
        int height = whole(words[6]);
        byte[] large = read(words[5]);
        byte[] result = new byte[large.length];
        GuidedEnlargement enlargement = new GuidedEnlargement(
                read(words[1]), read(words[2]), whole(words[3]), whole(words[4]), height,
                whole(words[7]));
        int most = whole(words[8]);
        for (int top = 0; top < height; top += most) {
            enlargement.rows(top, Math.min(most, height - top), large, result);
        }
        write(words[9], result);
    }

    /** weights TEMPLATE PLACES MODEL RESULT: a style's, little-endian; empty for none. */
    private static void weights(String[] words) throws Exception {
        float[] found = StyleTemplate.of(
                        read(words[1]), new String(read(words[2]), StandardCharsets.UTF_8))
                .weightsOf(read(words[3]));
        ByteBuffer bytes = ByteBuffer.allocate(found == null ? 0 : 4 * found.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(found == null ? new float[0] : found);
        write(words[4], bytes.array());
    }

    /** decoded HEIGHT WIDTH ARGB RGB ALPHA: colours of four bytes each; alpha empty for none. */
    private static void decoded(String[] words) throws IOException {
        int width = whole(words[2]);
        PictureRows rows = new PictureRows(whole(words[1]), width);
        IntBuffer argb = ByteBuffer.wrap(read(words[3])).asIntBuffer();
        int[] row = new int[width];
        while (argb.hasRemaining()) {
            argb.get(row);
            rows.add(row);
        }
        write(words[4], rows.rgb());
        write(words[5], rows.alpha() == null ? new byte[0] : rows.alpha());
    }

    /** turn ORIENTATION HEIGHT WIDTH PLANE RESULT: as Android's createBitmap uses the matrix. */
    private static void turn(String[] words) throws IOException {
        int height = whole(words[2]);
        int width = whole(words[3]);
        byte[] plane = read(words[4]);
        float[] matrix = Orientation.matrix(whole(words[1]));
        if (matrix == null) {
            write(words[5], plane);
            return;
        }
        // Where the picture's far corner comes to lie: what is left of 0 is shifted back.
        int across = (int) (matrix[0] * width + matrix[1] * height);
        int down = (int) (matrix[3] * width + matrix[4] * height);
        byte[] turned = new byte[plane.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double right = matrix[0] * (x + 0.5) + matrix[1] * (y + 0.5) - Math.min(across, 0);
                double below = matrix[3] * (x + 0.5) + matrix[4] * (y + 0.5) - Math.min(down, 0);
                turned[(int) below * Math.abs(across) + (int) right] = plane[y * width + x];
            }
        }
        write(words[5], turned);
    }

    /** facts FACTS ENCODED PIECE RESULT: a file written in pieces; FACTS as JSON, by name. */
    private static void facts(String[] words) throws Exception {
        Map<?, ?> known = (Map<?, ?>) Json.read(new String(read(words[1]), StandardCharsets.UTF_8));
        PhotoFacts facts = known.isEmpty()
                ? PhotoFacts.NONE : PhotoFacts.of(name -> (String) known.get(name));
        byte[] encoded = read(words[2]);
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        PaintingFormat format = PaintingFormat.of(words[4]);
        try (OutputStream stream = format.with(facts, result)) {
            int piece = whole(words[3]);
            for (int at = 0; at < encoded.length; at += piece) {
                if (piece == 1) {
                    stream.write(encoded[at]);
                } else {
                    stream.write(encoded, at, Math.min(piece, encoded.length - at));
                }
            }
        } catch (IOException refused) {
            result.reset();
            result.write(("refused: " + refused.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
        write(words[4], result.toByteArray());
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
