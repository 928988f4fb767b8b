package dev.tinystyle.demo;

import android.widget.CheckBox;
import android.widget.CompoundButton;
import dev.tinystyle.core.Strokes;

/** The box for fine strokes. Main thread. */
final class StrokeChoice implements CompoundButton.OnCheckedChangeListener {
    private final StyleActivity activity;

    /** @param activity whose layout has the box; its choices are there already */
    StrokeChoice(StyleActivity activity) {
        this.activity = activity;
        CheckBox fine = activity.findViewIn(R.id.fine_strokes);
        fine.setSaveEnabled(false); // Choices keeps it
        fine.setChecked(activity.choices.strokes() == Strokes.FINE);
        fine.setOnCheckedChangeListener(this);
    }

    @Override
    public void onCheckedChanged(CompoundButton box, boolean checked) {
        activity.choices.setStrokes(checked ? Strokes.FINE : Strokes.AS_PREVIEW);
        activity.styleChanged(activity.chosen()); // painted again, as for another style
    }
}
