package dev.tinystyle.demo;

import android.content.Intent;
import android.widget.Toast;
import dev.tinystyle.core.StyleException;

/** Writes a painting at full size as the sliders say, and starts what comes of it. */
abstract class FullSizeJob extends Worker.Job<Intent> {
    private final PhotoActivity activity;
    private final Painting painting;
    private final float strength;
    private final boolean keep;

    FullSizeJob(PhotoActivity activity, Painting painting) {
        this.activity = activity;
        this.painting = painting;
        strength = activity.choices.strength();
        keep = activity.choices.keepColor();
    }

    /** On the worker's thread. Returns what to start afterwards; null for nothing. */
    abstract Intent write(FinishedPainting finished) throws StyleException;

    void start() {
        activity.writing(true);
        activity.worker.start(this);
    }

    @Override
    Intent work() throws StyleException {
        FinishedPainting finished =
                new FinishedPainting(
                        painting.render(strength, keep), painting.format(), painting.facts());
        try {
            return write(finished);
        } finally {
            finished.close();
        }
    }

    @Override
    void done(Intent next) {
        activity.writing(false);
        if (next == null) {
            Toast.makeText(activity, R.string.saved, Toast.LENGTH_SHORT).show();
        } else {
            activity.startActivity(next);
        }
    }

    @Override
    void failed(StyleException error) {
        activity.writing(false);
        activity.tell(FailureWords.of(activity, error));
    }
}
