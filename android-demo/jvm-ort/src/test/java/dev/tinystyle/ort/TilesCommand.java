package dev.tinystyle.ort;

import dev.tinystyle.core.FittingPainter;
import dev.tinystyle.core.Json;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.Strokes;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleTemplate;
import dev.tinystyle.core.TileNetworks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A photo with fine strokes, as the app paints it: {@code tiles ASSETS MODEL MAX_PIXELS HEIGHT
 * WIDTH RGB RESULT [SHARE]}, with the app's assets in a folder; called off at that share of the
 * work.
 */
final class TilesCommand {
    private TilesCommand() {}

    static String run(SessionFactory sessions, String[] words) throws Exception {
        Path assets = Path.of(words[1]);
        FittingPainter painter = new FittingPainter(
                sessions, model -> networks(assets, model), Provider.CPU, 2);
        double share = words.length > 8 ? Double.parseDouble(words[8]) : 2.0;
        int[] told = {0, 0};
        byte[] painted = painter.paint(
                read(Path.of(words[2])), "style", read(Path.of(words[6])),
                Integer.parseInt(words[4]), Integer.parseInt(words[5]), null, Strokes.FINE,
                Integer.parseInt(words[3]),
                (done, of) -> {
                    if (done < told[0] || done > of) {
                        throw new IllegalStateException(done + " of " + of + " after " + told[0]);
                    }
                    told[0] = done;
                    told[1] = of;
                    return done < share * of;
                });
        if (painted == null) {
            return "called off at " + told[0] + " of " + told[1];
        }
        Files.write(Path.of(words[7]), painted);
        String limited = painter.plan().limited() ? ", limited" : "";
        return painter.plan().way() + " " + painter.plan().runs() + ", " + told[0] + " of "
                + told[1] + limited;
    }

    /** What the app's library does with its assets. */
    private static TileNetworks networks(Path assets, byte[] model) throws StyleException {
        Map<String, Object> index = Json.readObject(text(assets.resolve("index.json")), "index");
        Map<?, ?> template = (Map<?, ?>) index.get("template");
        float[] weights = StyleTemplate.of(
                        read(assets.resolve((String) template.get("model"))),
                        text(assets.resolve((String) template.get("places"))))
                .weightsOf(model);
        return weights == null ? null : TileNetworks.of(
                index.get("tiles"), path -> read(assets.resolve(path)), weights);
    }

    private static byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String text(Path path) {
        return new String(read(path), StandardCharsets.UTF_8);
    }
}
