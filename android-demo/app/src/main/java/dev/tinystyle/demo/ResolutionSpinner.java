package dev.tinystyle.demo;

import android.content.Context;
import android.util.AttributeSet;
import android.view.View;
import android.widget.AdapterView;
import android.widget.ArrayAdapter;
import android.widget.Spinner;
import dev.tinystyle.core.Resolution;

/** Chooses the size at which the camera's picture is painted. */
public final class ResolutionSpinner extends Spinner {
    /** Is told what the user wants. */
    interface Listener {
        void chooseResolution(Resolution resolution);
    }

    private Resolution chosen;

    public ResolutionSpinner(Context context, AttributeSet attributes) {
        super(context, attributes);
    }

    /** Shows all sizes, with one of them chosen. */
    void show(Resolution resolution, final Listener listener) {
        chosen = resolution;
        ArrayAdapter<Resolution> adapter =
                new ArrayAdapter<>(
                        getContext(), android.R.layout.simple_spinner_item, Resolution.values());
        adapter.setDropDownViewResource(android.R.layout.simple_spinner_dropdown_item);
        setAdapter(adapter);
        setSelection(resolution.ordinal());
        setOnItemSelectedListener(
                new OnItemSelectedListener() {
                    @Override
                    public void onItemSelected(
                            AdapterView<?> parent, View view, int position, long id) {
                        Resolution selected = Resolution.values()[position];
                        if (selected != chosen) { // Android also tells what was set above
                            chosen = selected;
                            listener.chooseResolution(selected);
                        }
                    }

                    @Override
                    public void onNothingSelected(AdapterView<?> parent) {}
                });
    }
}
