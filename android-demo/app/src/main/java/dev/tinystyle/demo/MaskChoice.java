package dev.tinystyle.demo;

import android.net.Uri;
import android.os.Bundle;
import android.view.View;

/** The mask that the user has picked for the photo. Main thread. */
final class MaskChoice implements View.OnClickListener {
    /** Of the question for it; unlike those of the activity. */
    static final int PICK_MASK = 4;

    private static final String MASK = "mask";

    private final StyleActivity activity;
    private Uri chosen;

    /** @param state of the activity before; null for none */
    MaskChoice(StyleActivity activity, Bundle state) {
        this.activity = activity;
        String kept = state == null ? null : state.getString(MASK);
        chosen = kept == null ? null : Uri.parse(kept);
        activity.findViewById(R.id.mask).setOnClickListener(this);
    }

    /** Null for none. */
    Uri chosen() {
        return chosen;
    }

    /** A mask was picked, or there is another photo, which has none yet: null. */
    void choose(Uri mask) {
        chosen = mask;
    }

    void keep(Bundle state) {
        state.putString(MASK, chosen == null ? null : chosen.toString());
    }

    @Override
    public void onClick(View view) {
        activity.pick(PICK_MASK);
    }
}
