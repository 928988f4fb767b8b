package dev.tinystyle.demo;

import android.content.Context;
import android.graphics.Bitmap;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.HorizontalScrollView;
import android.widget.ImageButton;
import android.widget.LinearLayout;
import java.util.ArrayList;
import java.util.List;

/** A row of styles to choose from; the first button makes a new one. */
public final class StyleStrip extends HorizontalScrollView {
    /** Is told what the user wants. */
    interface Listener {
        void addStyle();

        void chooseStyle(Style style);

        /** A long press on a style that was made here. */
        void removeStyle(Style style);
    }

    private final LinearLayout row;
    private final List<String> names = new ArrayList<>();

    public StyleStrip(Context context, AttributeSet attributes) {
        super(context, attributes);
        row = new LinearLayout(context);
        addView(row);
    }

    /** Shows styles, with one of them marked. */
    void show(List<Style> styles, Style chosen, StyleLibrary library, final Listener listener) {
        List<String> wanted = new ArrayList<>();
        for (Style style : styles) {
            wanted.add(style.name + "\n" + style.title);
        }
        if (row.getChildCount() > 0 && wanted.equals(names)) {
            mark(chosen); // nothing is decoded again, and what a screen reader reads stays
            return;
        }
        names.clear();
        names.addAll(wanted);
        row.removeAllViews();
        ImageButton add = button(getContext().getString(R.string.add_style));
        add.setImageResource(R.drawable.add);
        add.setOnClickListener(
                new OnClickListener() {
                    @Override
                    public void onClick(View view) {
                        listener.addStyle();
                    }
                });
        for (final Style style : styles) {
            ImageButton button = button(style.title);
            Bitmap thumbnail = library.thumbnail(style);
            if (thumbnail == null) {
                button.setImageResource(android.R.drawable.ic_menu_gallery);
            } else {
                button.setImageBitmap(thumbnail);
            }
            button.setTag(style.name);
            button.setOnClickListener(
                    new OnClickListener() {
                        @Override
                        public void onClick(View view) {
                            listener.chooseStyle(style);
                        }
                    });
            if (style.own) {
                button.setOnLongClickListener(
                        new OnLongClickListener() {
                            @Override
                            public boolean onLongClick(View view) {
                                listener.removeStyle(style);
                                return true;
                            }
                        });
            }
        }
        mark(chosen);
    }

    /** Marks the chosen style; screen readers say "selected". */
    void mark(Style chosen) {
        for (int i = 0; i < row.getChildCount(); i++) {
            View button = row.getChildAt(i);
            button.setSelected(chosen != null && chosen.name.equals(button.getTag()));
        }
    }

    private ImageButton button(String description) {
        LayoutInflater inflater = LayoutInflater.from(getContext());
        ImageButton button = (ImageButton) inflater.inflate(R.layout.style_button, row, false);
        button.setContentDescription(description);
        row.addView(button);
        return button;
    }
}
