package dev.tinystyle.ort;

import dev.tinystyle.core.Json;
import dev.tinystyle.core.PaintPlan;
import dev.tinystyle.core.Provider;
import dev.tinystyle.core.SessionFactory;
import dev.tinystyle.core.Strokes;
import dev.tinystyle.core.StyleTemplate;
import dev.tinystyle.core.TileNetworks;
import dev.tinystyle.core.TilePainter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the photo studio does where fine strokes do not fit into memory: {@code tiles ASSETS MODEL
 * MAX_PIXELS HEIGHT WIDTH RGB RESULT [SHARE]}, with the app's assets in a folder; called off at
 * that share of the work.
 */
final class TilesCommand {
    private TilesCommand() {}

    static String run(SessionFactory sessions, String[] words) throws Exception {
        Path assets = Path.of(words[1]);
        int height = Integer.parseInt(words[4]);
        int width = Integer.parseInt(words[5]);
        Map<String, Object> index = Json.readObject(text(assets.resolve("index.json")), "index");
        Map<?, ?> template = (Map<?, ?>) index.get("template");
        float[] weights = StyleTemplate.of(
                        Files.readAllBytes(assets.resolve((String) template.get("model"))),
                        text(assets.resolve((String) template.get("places"))))
                .weightsOf(Files.readAllBytes(Path.of(words[2])));
        if (weights == null) {
            return "not in tiles";
        }
        TileNetworks networks = TileNetworks.of(
                index.get("tiles"),
                path -> {
                    try {
                        return Files.readAllBytes(assets.resolve(path));
                    } catch (IOException error) {
                        throw new IllegalStateException(error);
                    }
                },
                weights);
        PaintPlan plan = PaintPlan.of(
                height, width, Strokes.FINE, true, Integer.parseInt(words[3]));
        double share = words.length > 8 ? Double.parseDouble(words[8]) : 2.0;
        int[] told = {0, 0};
        byte[] painted = new TilePainter(sessions).paint(
                networks, "style", Provider.CPU, 2, Files.readAllBytes(Path.of(words[6])), plan,
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
        return plan.way() + " " + plan.runs() + ", " + told[0] + " of " + told[1];
    }

    private static String text(Path path) throws IOException {
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    }
}
