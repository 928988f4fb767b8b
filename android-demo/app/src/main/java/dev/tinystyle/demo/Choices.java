package dev.tinystyle.demo;

import android.content.Context;
import android.content.SharedPreferences;
import dev.tinystyle.core.Resolution;
import dev.tinystyle.core.Strokes;

/** What the user has chosen, kept between starts and shared by the activities. */
final class Choices {
    private final SharedPreferences kept;

    Choices(Context context) {
        kept = context.getSharedPreferences("choices", Context.MODE_PRIVATE);
    }

    /** Name of the style; empty for the first one. */
    String style() {
        return kept.getString("style", "");
    }

    void setStyle(String name) {
        kept.edit().putString("style", name).apply();
    }

    /** 0 to 1. */
    float strength() {
        float strength = kept.getFloat("strength", 1f);
        return strength >= 0f && strength <= 1f ? strength : 1f;
    }

    void setStrength(float strength) {
        kept.edit().putFloat("strength", strength).apply();
    }

    boolean keepColor() {
        return kept.getBoolean("keep_color", false);
    }

    void setKeepColor(boolean keep) {
        kept.edit().putBoolean("keep_color", keep).apply();
    }

    /** Of photos; the camera's pictures are smaller than those that it matters for. */
    Strokes strokes() {
        return kept.getBoolean("fine_strokes", false) ? Strokes.FINE : Strokes.AS_PREVIEW;
    }

    void setStrokes(Strokes strokes) {
        kept.edit().putBoolean("fine_strokes", strokes == Strokes.FINE).apply();
    }

    Resolution resolution() {
        int index = kept.getInt("resolution", Resolution.DEFAULT.ordinal());
        Resolution[] all = Resolution.values();
        return index >= 0 && index < all.length ? all[index] : Resolution.DEFAULT;
    }

    void setResolution(Resolution resolution) {
        kept.edit().putInt("resolution", resolution.ordinal()).apply();
    }

    boolean frontCamera() {
        return kept.getBoolean("front_camera", false);
    }

    void setFrontCamera(boolean front) {
        kept.edit().putBoolean("front_camera", front).apply();
    }
}
