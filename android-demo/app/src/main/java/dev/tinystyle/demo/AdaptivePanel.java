package dev.tinystyle.demo;

import android.content.Context;
import android.content.res.Configuration;
import android.util.AttributeSet;
import android.view.View;
import android.view.ViewGroup;
import android.widget.LinearLayout;

/**
 * A picture and its controls: below each other where the screen is high, beside each other where it
 * is wide. Turning the device moves them and recreates nothing, so that a painting survives.
 */
public final class AdaptivePanel extends LinearLayout {
    public AdaptivePanel(Context context, AttributeSet attributes) {
        super(context, attributes);
    }

    @Override
    protected void onFinishInflate() {
        super.onFinishInflate();
        arrange(getResources().getConfiguration());
    }

    @Override
    protected void onConfigurationChanged(Configuration configuration) {
        super.onConfigurationChanged(configuration);
        arrange(configuration);
    }

    /** Below the picture, the controls take half of the height at most, and scroll beyond that. */
    @Override
    protected void measureChildWithMargins(
            View child, int widthSpec, int widthUsed, int heightSpec, int heightUsed) {
        int spec = heightSpec;
        if (getOrientation() == VERTICAL && child == getChildAt(1)) {
            int half = MeasureSpec.getSize(heightSpec) / 2;
            spec = MeasureSpec.makeMeasureSpec(half, MeasureSpec.AT_MOST);
        }
        super.measureChildWithMargins(child, widthSpec, widthUsed, spec, heightUsed);
    }

    private void arrange(Configuration configuration) {
        boolean wide = configuration.orientation == Configuration.ORIENTATION_LANDSCAPE;
        setOrientation(wide ? HORIZONTAL : VERTICAL);
        View picture = getChildAt(0);
        View controls = getChildAt(1);
        int all = ViewGroup.LayoutParams.MATCH_PARENT;
        picture.setLayoutParams(wide ? new LayoutParams(0, all, 1f) : new LayoutParams(all, 0, 1f));
        int side = getResources().getDimensionPixelSize(R.dimen.controls_width);
        controls.setLayoutParams(
                wide
                        ? new LayoutParams(side, all)
                        : new LayoutParams(all, ViewGroup.LayoutParams.WRAP_CONTENT));
    }
}
