package dev.tinystyle.demo;

import android.Manifest;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.content.res.Configuration;
import android.net.Uri;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.provider.Settings;
import android.view.View;
import android.view.WindowManager;
import android.widget.TextView;
import dev.tinystyle.core.CameraGeometry;
import dev.tinystyle.core.CameraLifecycle;
import dev.tinystyle.core.RateMeter;
import dev.tinystyle.core.Resolution;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.YuvFrame;

/** The camera's picture, painted while it is seen. */
public final class PreviewActivity extends StyleActivity
        implements CameraLifecycle.Actions, CameraSource.Listener, PreviewPainter.Listener,
                ResolutionSpinner.Listener {
    private static final int ASK_CAMERA = 1;
    private static final long FIGURES_MILLIS = 500;
    private static final String ASKED = "asked";

    private final Handler main = new Handler(Looper.getMainLooper());
    private final DisplayTurn display = new DisplayTurn(this);
    private CameraLifecycle lifecycle;
    private CameraSource camera;
    private PreviewPainter painter;
    private TextView figures;
    private volatile boolean failing;
    private boolean inFront;

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        lifecycle = new CameraLifecycle(this, state != null && state.getBoolean(ASKED));
        camera = new CameraSource(this, this);
        begin(R.layout.preview);
        painter = new PreviewPainter(worker, library, sessions, this);
        figures = findViewIn(R.id.figures);
        getWindow().addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
        bindButtons();
        ResolutionSpinner spinner = findViewIn(R.id.resolution);
        spinner.show(choices.resolution(), this);
    }

    @Override
    protected void onSaveInstanceState(Bundle state) {
        super.onSaveInstanceState(state);
        state.putBoolean(ASKED, lifecycle.asked());
    }

    @Override
    protected void onResume() {
        super.onResume();
        inFront = true;
        display.start(main);
        lifecycle.resumed(permitted());
        listStyles(); // the other screen may have made or deleted some
        openNetwork();
        showFigures.run();
    }

    @Override
    protected void onPause() {
        inFront = false;
        main.removeCallbacks(showFigures);
        lifecycle.paused();
        painter.release();
        display.stop();
        super.onPause();
    }

    @Override
    public void onConfigurationChanged(Configuration configuration) {
        super.onConfigurationChanged(configuration);
        display.read();
        openNetwork(); // its picture lies the other way now
    }

    // The camera

    @Override
    public void askPermission() {
        requestPermissions(new String[] {Manifest.permission.CAMERA}, ASK_CAMERA);
    }

    @Override
    public void onRequestPermissionsResult(int request, String[] names, int[] answers) {
        if (request == ASK_CAMERA) {
            lifecycle.permissionAnswered(
                    answers.length > 0 && answers[0] == PackageManager.PERMISSION_GRANTED,
                    shouldShowRequestPermissionRationale(Manifest.permission.CAMERA));
        }
    }

    @Override
    public void openSettings() {
        Uri app = Uri.fromParts("package", getPackageName(), null);
        try {
            startActivity(new Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, app));
        } catch (ActivityNotFoundException absent) {
            tell(getString(R.string.camera_denied));
        }
    }

    @Override
    public void explain(CameraLifecycle.Notice notice, String reason) {
        explain(CameraWords.of(this, notice, reason));
    }

    @Override
    public void openCamera() {
        failing = false; // what is wrong with the frames that come is told anew
        Resolution size = choices.resolution();
        camera.open(choices.frontCamera(), size.height(false), size.width(false));
    }

    @Override
    public void closeCamera() {
        camera.close();
        painter.pipeline().meter().reset();
    }

    @Override
    void messageTapped() {
        if (lifecycle.state() == CameraLifecycle.State.RUNNING) {
            explain(null); // read: it was about frames
        } else {
            lifecycle.retry(permitted());
        }
    }

    @Override
    public boolean opened() {
        return lifecycle.cameraOpened();
    }

    @Override
    public void lost(String reason) {
        lifecycle.cameraLost(reason);
    }

    @Override
    public void frame(YuvFrame frame, int sensor, boolean front) {
        int rotation = CameraGeometry.rotation(sensor, display.degrees(), front);
        try {
            painter.pipeline().paint(frame, rotation, front, picture);
            failing = false;
        } catch (StyleException error) {
            tellOnce(FailureWords.of(this, error));
        } catch (OutOfMemoryError error) {
            tellOnce(getString(R.string.no_memory));
        }
    }

    private void tellOnce(final String text) {
        if (failing) {
            return;
        }
        failing = true;
        main.post(
                new Runnable() {
                    @Override
                    public void run() {
                        explain(text);
                    }
                });
    }

    private boolean permitted() {
        return checkSelfPermission(Manifest.permission.CAMERA)
                == PackageManager.PERMISSION_GRANTED;
    }

    // The network

    @Override
    void styleChanged(Style style) {
        openNetwork();
    }

    @Override
    void blendChanged() {
        painter.pipeline().setBlend(choices.strength(), choices.keepColor());
    }

    @Override
    public void painterReady() {
        if (lifecycle.state() == CameraLifecycle.State.RUNNING) {
            explain(painter.takesMask() ? getString(R.string.no_mask) : null);
        }
    }

    @Override
    public void painterFailed(StyleException error) {
        tell(FailureWords.of(this, error));
    }

    private void openNetwork() {
        if (inFront && chosen() != null) {
            boolean landscape =
                    getResources().getConfiguration().orientation
                            == Configuration.ORIENTATION_LANDSCAPE;
            Resolution size = choices.resolution();
            painter.choose(chosen(), size.height(landscape), size.width(landscape));
        }
    }

    // The screen

    private final Runnable showFigures =
            new Runnable() {
                @Override
                public void run() {
                    RateMeter meter = painter.pipeline().meter();
                    figures.setText(
                            getString(
                                    R.string.figures,
                                    meter.framesPerSecond(),
                                    meter.milliseconds(),
                                    PreviewPainter.PROVIDER.label(),
                                    PreviewPainter.threads()));
                    main.postDelayed(this, FIGURES_MILLIS);
                }
            };

    private void bindButtons() {
        View.OnClickListener clicks =
                new View.OnClickListener() {
                    @Override
                    public void onClick(View view) {
                        if (view.getId() == R.id.photo) {
                            startActivity(new Intent(PreviewActivity.this, PhotoActivity.class));
                        } else {
                            choices.setFrontCamera(!choices.frontCamera());
                            reopenCamera();
                        }
                    }
                };
        findViewById(R.id.photo).setOnClickListener(clicks);
        findViewById(R.id.turn_camera).setOnClickListener(clicks);
    }

    @Override
    public void chooseResolution(Resolution resolution) {
        choices.setResolution(resolution);
        openNetwork();
        reopenCamera();
    }

    /** With another camera or size: as if the activity had been left and come back. */
    private void reopenCamera() {
        if (inFront) {
            lifecycle.paused();
            lifecycle.resumed(permitted());
        }
    }
}
