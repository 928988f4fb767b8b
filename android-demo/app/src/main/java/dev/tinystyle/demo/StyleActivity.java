package dev.tinystyle.demo;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.ContentResolver;
import android.content.DialogInterface;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.view.View;
import android.widget.CheckBox;
import android.widget.CompoundButton;
import android.widget.SeekBar;
import android.widget.TextView;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.ort.OrtSessions;
import java.util.List;

/** What both screens have: a picture, a strip of styles, and how strongly they are painted. */
abstract class StyleActivity extends Activity implements StyleStrip.Listener {
    private static final int PICK_STYLE = 1;
    private static final int PERCENT = 100;

    final OrtSessions sessions = new OrtSessions();
    final Worker worker = new Worker();
    Choices choices;
    StyleLibrary library;
    PaintedView picture;
    private TextView message;
    private String lasting;
    private String passing;
    private SeekBar strength;
    private CheckBox keep;
    private StyleStrip strip;
    private Style chosen;

    /** The style is another one. Also called once it is known which it is. */
    abstract void styleChanged(Style style);

    /** Strength or colours have changed: {@link #choices} has them. */
    abstract void blendChanged();

    /** The message was tapped: it was read. */
    void messageTapped() {
        explain(null);
    }

    /** Sets the layout up. To be called by onCreate. */
    void begin(int layout) {
        setContentView(layout);
        choices = new Choices(this);
        library = new StyleLibrary(this);
        picture = findViewIn(R.id.picture);
        message = findViewIn(R.id.message);
        strip = findViewIn(R.id.styles);
        message.setOnClickListener(
                new View.OnClickListener() {
                    @Override
                    public void onClick(View view) {
                        messageTapped();
                    }
                });
        bindBlend();
        listStyles();
    }

    /** The style that is painted in; null where the app has none. */
    Style chosen() {
        return chosen;
    }

    /** Shows a message over the picture; null takes it away. */
    public void explain(String text) {
        lasting = text;
        showMessage();
    }

    /** Shows what is being done meanwhile, in front of the message; null brings that back. */
    void explainMeanwhile(String text) {
        passing = text;
        showMessage();
    }

    private void showMessage() {
        String text = passing == null ? lasting : passing;
        message.setText(text);
        message.setVisibility(text == null ? View.GONE : View.VISIBLE);
    }

    /** Tells what went wrong until the user has read it; nothing that follows takes it away. */
    void tell(String text) {
        if (!isFinishing()) {
            new AlertDialog.Builder(this)
                    .setMessage(text)
                    .setPositiveButton(android.R.string.ok, null)
                    .show();
        }
    }

    @Override
    protected void onResume() {
        super.onResume();
        // The other screen may have changed them.
        strength.setProgress(Math.round(PERCENT * choices.strength()));
        keep.setChecked(choices.keepColor());
        blendChanged();
    }

    @Override
    protected void onDestroy() {
        worker.close();
        super.onDestroy();
    }

    @Override
    public void addStyle() {
        pick(PICK_STYLE);
    }

    @Override
    public void chooseStyle(Style style) {
        chosen = style;
        choices.setStyle(style.name);
        strip.mark(style);
        picture.setContentDescription(getString(R.string.painted_in, style.title));
        styleChanged(style);
    }

    @Override
    public void removeStyle(final Style style) {
        new AlertDialog.Builder(this)
                .setMessage(getString(R.string.remove_style, style.title))
                .setNegativeButton(android.R.string.cancel, null)
                .setPositiveButton(
                        R.string.remove,
                        new DialogInterface.OnClickListener() {
                            @Override
                            public void onClick(DialogInterface dialog, int which) {
                                remove(style);
                            }
                        })
                .show();
    }

    @Override
    protected void onActivityResult(int request, int result, Intent data) {
        super.onActivityResult(request, result, data);
        Uri uri = result == RESULT_OK && data != null ? data.getData() : null;
        if (uri != null && !ContentResolver.SCHEME_CONTENT.equals(uri.getScheme())) {
            // A file: it may be one of this app's own, which another app wants read or replaced.
            tell(getString(R.string.no_content));
            uri = null;
        }
        if (request != PICK_STYLE) {
            answered(request, uri);
        } else if (uri != null) { // cancelled: everything stays as it is
            makeStyle(uri);
        }
    }

    /** Another question of this activity was answered; null where it was cancelled. */
    void answered(int request, Uri uri) {}

    /** Shows Android's picker of pictures. */
    void pick(int request) {
        Intent intent = new Intent(Intent.ACTION_GET_CONTENT);
        intent.addCategory(Intent.CATEGORY_OPENABLE);
        intent.setType("image/*");
        try {
            startActivityForResult(intent, request);
        } catch (ActivityNotFoundException absent) {
            tell(getString(R.string.no_picker));
            answered(request, null);
        }
    }

    private void makeStyle(final Uri artwork) {
        explainMeanwhile(getString(R.string.looking));
        final StyleMaker maker =
                new StyleMaker(new PictureReader(getContentResolver()), library, sessions);
        worker.start(
                new Worker.Job<String>() {
                    @Override
                    String work() throws StyleException {
                        return maker.make(artwork);
                    }

                    @Override
                    void done(String name) {
                        explainMeanwhile(null);
                        choices.setStyle(name);
                        listStyles();
                    }

                    @Override
                    void failed(StyleException error) {
                        explainMeanwhile(null);
                        tell(FailureWords.of(StyleActivity.this, error));
                    }
                });
    }

    private void remove(Style style) {
        try {
            library.remove(style);
        } catch (StyleException error) {
            tell(FailureWords.of(this, error));
        }
        listStyles();
    }

    /** Shows all styles, and takes the chosen one, else the first. */
    void listStyles() {
        List<Style> styles;
        try {
            styles = library.all();
        } catch (StyleException error) {
            tell(FailureWords.of(this, error));
            return;
        }
        Style found = styles.isEmpty() ? null : styles.get(0);
        for (Style style : styles) {
            if (style.name.equals(choices.style())) {
                found = style;
            }
        }
        strip.show(styles, found, library, this);
        if (found != null && (chosen == null || !chosen.name.equals(found.name))) {
            chooseStyle(found);
        }
    }

    private void bindBlend() {
        strength = findViewIn(R.id.strength);
        strength.setMax(PERCENT);
        strength.setOnSeekBarChangeListener(
                new SeekBar.OnSeekBarChangeListener() {
                    @Override
                    public void onProgressChanged(SeekBar bar, int progress, boolean byUser) {
                        if (byUser) {
                            choices.setStrength((float) progress / PERCENT);
                            blendChanged();
                        }
                    }

                    @Override
                    public void onStartTrackingTouch(SeekBar bar) {}

                    @Override
                    public void onStopTrackingTouch(SeekBar bar) {}
                });
        keep = findViewIn(R.id.keep_color);
        keep.setSaveEnabled(false); // Choices keeps it
        keep.setChecked(choices.keepColor());
        keep.setOnCheckedChangeListener(
                new CompoundButton.OnCheckedChangeListener() {
                    @Override
                    public void onCheckedChanged(CompoundButton box, boolean checked) {
                        choices.setKeepColor(checked);
                        blendChanged();
                    }
                });
    }

    @SuppressWarnings("unchecked") // the generic findViewById of newer levels would do without
    <V extends View> V findViewIn(int id) {
        return (V) findViewById(id);
    }
}
