package dev.tinystyle.demo;

import android.content.Context;
import android.content.res.AssetManager;
import android.content.res.Resources;
import android.graphics.Bitmap;
import android.graphics.BitmapFactory;
import dev.tinystyle.core.FittingPainter;
import dev.tinystyle.core.Json;
import dev.tinystyle.core.ModelFile;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.StyleTemplate;
import dev.tinystyle.core.TileNetworks;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The styles that came with the app, and those that its user has made. */
final class StyleLibrary implements FittingPainter.Tiles {
    /** Folder of networks inside the assets. */
    static final String MODELS = "models/";

    private static final Charset UTF_8 = Charset.forName("UTF-8");
    private static final String FORMAT = "tinystyle-android-assets";
    private static final String MODEL_ENDING = ".onnx";
    private static final String PICTURE_ENDING = ".png";

    private final AssetManager assets;
    private final Resources words;
    private final File folder;

    StyleLibrary(Context context) {
        assets = context.getAssets();
        words = context.getResources();
        folder = new File(context.getFilesDir(), "styles");
    }

    /** All styles: the app's in their order, then the user's, oldest first. */
    List<Style> all() throws StyleException {
        List<Style> styles = new ArrayList<>();
        Object entries = index().get("styles");
        if (!(entries instanceof List)) {
            throw damaged();
        }
        for (Object entry : (List<?>) entries) {
            Map<?, ?> facts = object(entry);
            styles.add(
                    new Style(
                            text(facts, "name"),
                            text(facts, "title"),
                            false,
                            text(facts, "model"),
                            text(facts, "picture"),
                            text(facts, "sha256")));
        }
        String[] files = folder.list();
        if (files == null) {
            return styles;
        }
        Arrays.sort(files); // named after the time at which they were made
        int number = 0;
        for (String file : files) {
            if (file.endsWith(MODEL_ENDING)) {
                String name = file.substring(0, file.length() - MODEL_ENDING.length());
                styles.add(own(name, words.getString(R.string.own_style, ++number)));
            }
        }
        return styles;
    }

    /** The network's file. One that came with the app is compared with the index. */
    byte[] model(Style style) throws StyleException {
        if (style.own) {
            return ModelFile.read(new File(style.model));
        }
        byte[] model = asset(style.model);
        if (!ModelFile.sha256(model).equals(style.sha256)) {
            throw damaged();
        }
        return model;
    }

    /** A small picture of the style; null where there is none. */
    Bitmap thumbnail(Style style) {
        if (style.own) {
            return BitmapFactory.decodeFile(style.picture);
        }
        try (InputStream stream = assets.open(style.picture)) {
            return BitmapFactory.decodeStream(stream);
        } catch (IOException absent) {
            return null;
        }
    }

    /** The hypernetwork's file. */
    byte[] hypernetwork() throws StyleException {
        Map<?, ?> facts = object(index().get("hypernetwork"));
        byte[] model = asset(text(facts, "model"));
        if (!ModelFile.sha256(model).equals(facts.get("sha256"))) {
            throw damaged();
        }
        return model;
    }

    /** The network whose weights are exchanged to make another one. */
    StyleTemplate template() throws StyleException {
        Map<?, ?> facts = object(index().get("template"));
        byte[] places = asset(text(facts, "places"));
        return StyleTemplate.of(asset(text(facts, "model")), new String(places, UTF_8));
    }

    @Override
    public TileNetworks of(byte[] model) throws StyleException {
        float[] weights = template().weightsOf(model);
        if (weights == null) {
            return null;
        }
        return TileNetworks.of(
                index().get("tiles"),
                new TileNetworks.Files() {
                    @Override
                    public byte[] read(String path) throws StyleException {
                        return asset(path);
                    }
                },
                weights);
    }

    /** Keeps a network that was made here. Returns the name of its style. */
    String add(byte[] model, Bitmap thumbnail) throws StyleException {
        Style style = own("own-" + System.currentTimeMillis(), "");
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        thumbnail.compress(Bitmap.CompressFormat.PNG, 100, picture);
        write(new File(style.picture), picture.toByteArray());
        write(new File(style.model), model); // last: it is what makes the style appear
        return style.name;
    }

    /** Deletes a style that was made here. */
    void remove(Style style) throws StyleException {
        if (!style.own) {
            return;
        }
        // The model first: it is what makes the style appear.
        if (!gone(new File(style.model)) || !gone(new File(style.picture))) {
            throw new StyleException(
                    StyleException.Kind.OUTPUT, style.title + ": its files cannot be deleted");
        }
    }

    private static boolean gone(File file) {
        return file.delete() || !file.exists();
    }

    /** An asset's bytes. */
    byte[] asset(String path) throws StyleException {
        try {
            return ModelFile.read(assets.open(path), path);
        } catch (IOException error) {
            throw new StyleException(
                    StyleException.Kind.MODEL, path + ": is not in this app", error);
        }
    }

    private Style own(String name, String title) {
        String path = new File(folder, name).getPath();
        return new Style(name, title, true, path + MODEL_ENDING, path + PICTURE_ENDING, null);
    }

    private Map<?, ?> index() throws StyleException {
        Map<?, ?> index = object(Json.read(new String(asset("index.json"), UTF_8)));
        if (!FORMAT.equals(index.get("format")) || !Long.valueOf(1).equals(index.get("version"))) {
            throw damaged();
        }
        return index;
    }

    private void write(File file, byte[] data) throws StyleException {
        File part = new File(file.getPath() + ".part");
        try {
            if (!folder.isDirectory() && !folder.mkdirs()) {
                throw new IOException("no folder");
            }
            try (FileOutputStream stream = new FileOutputStream(part)) {
                stream.write(data);
                stream.getFD().sync();
            }
            if (!part.renameTo(file)) {
                throw new IOException("no rename");
            }
        } catch (IOException error) {
            throw new StyleException(
                    StyleException.Kind.OUTPUT,
                    "The style cannot be kept (" + StyleException.reason(error) + ").",
                    error);
        } finally {
            if (part.exists() && !part.delete()) {
                part.deleteOnExit();
            }
        }
    }

    private static Map<?, ?> object(Object value) throws StyleException {
        if (!(value instanceof Map)) {
            throw damaged();
        }
        return (Map<?, ?>) value;
    }

    private static String text(Map<?, ?> facts, String key) throws StyleException {
        Object value = facts.get(key);
        if (!(value instanceof String)) {
            throw damaged();
        }
        return (String) value;
    }

    private static StyleException damaged() {
        return new StyleException(
                StyleException.Kind.MODEL,
                "The app's networks are damaged; build it again with tinystyle android-assets.");
    }
}
