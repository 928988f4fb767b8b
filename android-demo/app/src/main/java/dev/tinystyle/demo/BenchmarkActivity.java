package dev.tinystyle.demo;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.util.Log;
import android.view.WindowManager;
import android.widget.TextView;
import dev.tinystyle.core.BenchmarkReport;
import dev.tinystyle.core.BenchmarkRequest;
import dev.tinystyle.core.BenchmarkRunner;
import dev.tinystyle.core.Clock;
import dev.tinystyle.core.ModelFile;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.ort.OrtSessions;
import java.io.File;
import java.util.HashMap;
import java.util.Map;

/**
 * One measurement, asked for by {@code bench --target android} in the extras of the intent,
 * answered by a JSON file. Only the shell can start it: see the manifest.
 */
public final class BenchmarkActivity extends Activity {
    private static final String TAG = "tinystyle";

    // Inside the app's files folder on the shared storage, as the protocol says.
    private static final String MODELS = "models";
    private static final String REPORTS = "benchmark";

    private static final String LEFT =
            "the benchmark was not in front all the time, so that the system may have slowed it "
                    + "down; unlock the device, leave it alone and run again";

    private final Worker worker = new Worker();
    private AndroidProbe probe;
    private StyleLibrary library;
    private TextView words;
    private volatile int timesLeft;
    private int waiting;

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        getWindow()
                .addFlags(
                        WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON
                                | WindowManager.LayoutParams.FLAG_TURN_SCREEN_ON);
        setContentView(R.layout.benchmark);
        words = (TextView) findViewById(R.id.words);
        probe = new AndroidProbe(this);
        library = new StyleLibrary(this);
        if (state == null) { // else the system brings an old screen back; nobody asked for a run
            handle(getIntent());
        } else {
            finish();
        }
    }

    @Override
    protected void onNewIntent(Intent intent) {
        super.onNewIntent(intent);
        handle(intent);
    }

    @Override
    protected void onStop() {
        timesLeft++;
        super.onStop();
    }

    @Override
    protected void onDestroy() {
        worker.close();
        super.onDestroy();
    }

    private void handle(Intent intent) {
        if (intent.getExtras() == null || intent.getExtras().isEmpty()) {
            prepare();
            return;
        }
        final Map<String, Object> extras = extras(intent);
        final String runId;
        try {
            runId = BenchmarkRequest.runId(extras);
        } catch (StyleException error) {
            // Without a name there is no file to report in.
            Log.e(TAG, error.getMessage());
            words.setText(error.getMessage());
            return;
        }
        waiting++;
        final int leftBefore = timesLeft; // here: on the worker's thread it may be too late
        words.setText(getString(R.string.benchmark_running, runId));
        worker.start(
                new Worker.Job<File>() {
                    @Override
                    File work() throws StyleException {
                        BenchmarkReport report = measure(runId, extras);
                        if (report.isDone() && timesLeft != leftBefore) {
                            report.fail(LEFT);
                        }
                        return report.write(folder(REPORTS));
                    }

                    @Override
                    void done(File report) {
                        end(report.getPath());
                    }

                    @Override
                    void failed(StyleException error) {
                        end(error.getMessage());
                    }
                });
    }

    /**
     * Started without extras, it only makes its folders. Android gives the app rights to what lies
     * in folders that it made itself; to those that the shell made, not on every device.
     */
    private void prepare() {
        try {
            Log.i(TAG, folder(MODELS) + " and " + folder(REPORTS) + " are there");
        } catch (StyleException error) {
            Log.e(TAG, error.getMessage());
        }
        if (waiting == 0) { // else a run is under way
            finish();
        }
    }

    private void end(String message) {
        Log.i(TAG, message);
        words.setText(message);
        waiting--;
        if (waiting == 0) {
            finish(); // so that the next run begins with a fresh activity
        }
    }

    private BenchmarkReport measure(String runId, Map<String, Object> extras) {
        BenchmarkRunner runner = new BenchmarkRunner(new OrtSessions(), Clock.SYSTEM, probe);
        return runner.run(
                runId,
                extras,
                new BenchmarkRunner.Models() {
                    @Override
                    public byte[] read(String name) throws StyleException {
                        return model(name);
                    }
                });
    }

    /** A file pushed by adb, else one that came with the app. */
    private byte[] model(String name) throws StyleException {
        File pushed = ModelFile.inFolder(folder(MODELS), name);
        return pushed.isFile()
                ? ModelFile.read(pushed)
                : library.asset(StyleLibrary.MODELS + name);
    }

    private File folder(String name) throws StyleException {
        File folder = getExternalFilesDir(name); // made if needed
        if (folder == null) {
            throw new StyleException(
                    StyleException.Kind.OUTPUT, "the device's shared storage is not available");
        }
        return folder;
    }

    private static Map<String, Object> extras(Intent intent) {
        Map<String, Object> extras = new HashMap<>();
        for (String key : BenchmarkRequest.textKeys()) {
            extras.put(key, intent.getStringExtra(key));
        }
        for (String key : BenchmarkRequest.numberKeys()) {
            if (intent.hasExtra(key)) {
                extras.put(key, intent.getIntExtra(key, -1));
            }
        }
        return extras;
    }
}
