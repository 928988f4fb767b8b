package dev.tinystyle.demo;

import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.graphics.Bitmap;
import android.net.Uri;
import android.os.Bundle;
import android.view.View;
import android.widget.Button;
import dev.tinystyle.core.PhotoFlow;
import dev.tinystyle.core.Strokes;
import dev.tinystyle.core.StyleException;

/** A photo of the user's, painted at full resolution; to be saved or shared. */
public final class PhotoActivity extends StyleActivity implements PhotoFlow.Actions {
    private static final int PICK_PHOTO = 2;
    private static final int NAME_DOCUMENT = 3;

    private static final String PICKING = "picking";
    private static final String PHOTO = "photo";

    private final PhotoFlow flow = new PhotoFlow(this);
    private final PaintingProgress painting = new PaintingProgress(this);
    private View progress;
    private Button save;
    private Button share;
    private PaintingFiles files;
    private MaskChoice mask;
    private Painting full;
    private Painting shown;
    private boolean pickerIsOpen;
    private boolean writing;
    private volatile int newestBlend;

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        files = new PaintingFiles(this);
        begin(R.layout.photo);
        mask = new MaskChoice(this, state);
        new StrokeChoice(this);
        progress = findViewById(R.id.progress);
        save = findViewIn(R.id.save);
        share = findViewIn(R.id.share);
        bindButtons();
        settle();
        explain(getString(R.string.pick_hint));
        // Android may end the app while the picker is in front: its answer still comes. And it
        // makes the activity anew where, for example, the theme changes.
        flow.restore(state == null ? null : state.getString(PHOTO));
        pickerIsOpen = state != null && state.getBoolean(PICKING);
        if (state == null || pickerIsOpen) {
            flow.pick();
        }
    }

    @Override
    protected void onSaveInstanceState(Bundle state) {
        super.onSaveInstanceState(state);
        state.putBoolean(PICKING, flow.state() == PhotoFlow.State.PICKING);
        state.putString(PHOTO, flow.kept(isChangingConfigurations()));
        mask.keep(state);
    }

    @Override
    protected void onDestroy() {
        flow.discard();
        super.onDestroy();
    }

    // The flow of one photo

    @Override
    public void openPicker() {
        if (pickerIsOpen) {
            pickerIsOpen = false;
        } else {
            pick(PICK_PHOTO);
        }
    }

    @Override
    void answered(int request, Uri uri) {
        if (request == MaskChoice.PICK_MASK && uri != null) {
            mask.choose(uri);
            styleChanged(chosen());
        } else if (request == PICK_PHOTO) {
            mask.choose(uri == null ? mask.chosen() : null); // it was another photo's
            flow.picked(uri == null ? null : uri.toString());
        } else if (request == NAME_DOCUMENT && uri != null) {
            save(uri);
        }
    }

    @Override
    public void paint(final String photo, final long ticket) {
        final Style style = chosen();
        if (style == null) {
            flow.failed(ticket, getString(R.string.no_styles));
            return;
        }
        full = null; // two at full size may be more than the heap holds
        explain(null);
        settle();
        final Uri over = mask.chosen();
        final Strokes strokes = choices.strokes();
        final PhotoStudio studio = new PhotoStudio(this, library, sessions);
        worker.start(
                new Worker.Job<PhotoStudio.Result>() {
                    @Override
                    PhotoStudio.Result work() throws StyleException {
                        painting.begin(ticket);
                        return studio.paint(
                                Uri.parse(photo), over, style, strokes, painting);
                    }

                    @Override
                    void done(PhotoStudio.Result made) {
                        painting.end();
                        if (made != null && flow.painted(ticket)) {
                            full = made.full;
                            shown = made.shown;
                            explain(made.caveat);
                            blendChanged();
                        }
                        settle();
                    }

                    @Override
                    void failed(StyleException error) {
                        painting.end();
                        flow.failed(ticket, FailureWords.of(PhotoActivity.this, error));
                        settle();
                    }
                });
    }

    @Override
    public void callOff(long ticket) {
        painting.callOff(ticket);
    }

    // What the user does

    @Override
    void styleChanged(Style style) {
        flow.changed();
        settle();
    }

    @Override
    void blendChanged() {
        final Painting small = shown;
        if (small == null) {
            return;
        }
        final int number = ++newestBlend;
        final float strength = choices.strength();
        final boolean keep = choices.keepColor();
        worker.start(
                new Worker.Job<Bitmap>() {
                    @Override
                    Bitmap work() {
                        return number == newestBlend ? small.render(strength, keep) : null;
                    }

                    @Override
                    void done(Bitmap bitmap) {
                        if (bitmap != null) {
                            picture.put(bitmap);
                        }
                    }

                    @Override
                    void failed(StyleException error) {
                        explain(FailureWords.of(PhotoActivity.this, error));
                    }
                });
    }

    private void bindButtons() {
        View.OnClickListener clicks = new View.OnClickListener() {
            @Override
            public void onClick(View view) {
                if (view == save) {
                    save();
                } else if (view == share) {
                    share();
                } else {
                    flow.pick();
                }
            }
        };
        findViewById(R.id.pick).setOnClickListener(clicks);
        save.setOnClickListener(clicks);
        share.setOnClickListener(clicks);
    }

    private void settle() {
        if (progress == null) {
            return; // the strip chooses its style before the rest is there
        }
        boolean busy = flow.state() == PhotoFlow.State.PAINTING;
        progress.setVisibility(busy ? View.VISIBLE : View.GONE);
        save.setEnabled(full != null && !writing);
        share.setEnabled(full != null && !writing);
    }

    private void save() {
        if (full == null) { // tapped just before it was painted again
            return;
        }
        if (PaintingFiles.hasGallery()) {
            save(null);
            return;
        }
        Intent intent = new Intent(Intent.ACTION_CREATE_DOCUMENT);
        intent.addCategory(Intent.CATEGORY_OPENABLE);
        intent.setType(full.format().type());
        intent.putExtra(Intent.EXTRA_TITLE, PaintingFiles.name(full.format()));
        try {
            startActivityForResult(intent, NAME_DOCUMENT);
        } catch (ActivityNotFoundException absent) {
            tell(getString(R.string.no_picker));
        }
    }

    /** @param document where to; null for the gallery */
    private void save(final Uri document) {
        if (full == null) { // Android ended the app while the document was being named
            if (document != null) {
                files.discard(document, true); // it is empty
            }
            tell(getString(R.string.painting_gone));
            return;
        }
        new FullSizeJob(this, full) {
            @Override
            Intent write(FinishedPainting finished) throws StyleException {
                if (document == null) {
                    files.saveToGallery(finished);
                } else {
                    files.saveTo(document, finished);
                }
                return null;
            }
        }.start();
    }

    /** One at a time: a second tap is not a second file. */
    void writing(boolean now) {
        writing = now;
        settle();
    }

    private void share() {
        if (full == null) { // as above
            return;
        }
        new FullSizeJob(this, full) {
            @Override
            Intent write(FinishedPainting finished) throws StyleException {
                return files.share(finished);
            }
        }.start();
    }
}
