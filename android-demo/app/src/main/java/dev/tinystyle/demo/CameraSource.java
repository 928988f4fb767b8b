package dev.tinystyle.demo;

import android.content.Context;
import android.graphics.ImageFormat;
import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCaptureSession;
import android.hardware.camera2.CameraDevice;
import android.hardware.camera2.CameraManager;
import android.hardware.camera2.CaptureRequest;
import android.media.Image;
import android.media.ImageReader;
import android.os.Handler;
import android.os.HandlerThread;
import android.os.Looper;
import android.os.Process;
import dev.tinystyle.core.StyleException;
import dev.tinystyle.core.YuvFrame;
import java.util.Collections;

/**
 * Frames of a camera. Opened and closed on the main thread; frames come on a thread of their own,
 * which paints them: while it does, the camera drops all frames but the last.
 */
final class CameraSource {
    /** Receives what the camera does. */
    interface Listener {
        /** Main thread. Returns whether the camera is still wanted. */
        boolean opened();

        /** Main thread. */
        void lost(String reason);

        /**
         * The frame thread. The frame is the camera's again when this returns.
         *
         * @param sensor as {@link CameraChoice#sensor}
         */
        void frame(YuvFrame frame, int sensor, boolean front);
    }

    /** One is read, one is written, one is waiting: {@code acquireLatestImage} needs them. */
    private static final int IMAGES = 3;

    /** Of threads whose work is seen at once. */
    private static final int PRIORITY = Process.THREAD_PRIORITY_DISPLAY;

    private final Context context;
    private final CameraManager manager;
    private final Listener listener;
    private final Handler main = new Handler(Looper.getMainLooper());
    private Stream stream;

    CameraSource(Context context, Listener listener) {
        this.context = context;
        manager = context.getSystemService(CameraManager.class);
        this.listener = listener;
    }

    /**
     * Opens a camera, or tells by {@link Listener#lost} that it cannot be.
     *
     * @param front whether the one that looks at the user is preferred
     * @param longer side of what is painted, in pixels
     * @param shorter side of what is painted, in pixels
     */
    void open(boolean front, int longer, int shorter) {
        close();
        try {
            CameraChoice choice = CameraChoice.of(manager, front, longer, shorter);
            if (choice == null) {
                listener.lost(context.getString(R.string.camera_none));
                return;
            }
            stream = new Stream(choice);
            manager.openCamera(choice.id, stream, main);
        } catch (CameraAccessException | IllegalArgumentException | SecurityException error) {
            // Taken by another app, disabled, unplugged between two calls, permission withdrawn.
            close();
            listener.lost(StyleException.reason(error));
        }
    }

    /** Releases the camera, also one that is still opening. A second call does nothing. */
    void close() {
        if (stream != null) {
            stream.close();
            stream = null;
        }
    }

    /** One opening of a camera, up to its closing. What arrives after that is closed at once. */
    private final class Stream extends CameraDevice.StateCallback
            implements ImageReader.OnImageAvailableListener {
        private final HandlerThread thread = new HandlerThread("frames", PRIORITY);
        private final Handler frames;
        private final ImageReader reader;
        private final YuvFrame frame = new YuvFrame();
        private final CameraChoice choice;
        private CameraDevice device;
        private boolean closed;

        Stream(CameraChoice choice) {
            this.choice = choice;
            thread.start();
            frames = new Handler(thread.getLooper());
            reader =
                    ImageReader.newInstance(
                            choice.width, choice.height, ImageFormat.YUV_420_888, IMAGES);
            reader.setOnImageAvailableListener(this, frames);
        }

        @Override
        public void onOpened(CameraDevice camera) {
            if (closed) {
                camera.close();
                return;
            }
            device = camera;
            if (listener.opened()) {
                start();
            }
        }

        @Override
        public void onDisconnected(CameraDevice camera) {
            end(camera, context.getString(R.string.camera_taken));
        }

        @Override
        public void onError(CameraDevice camera, int error) {
            end(camera, context.getString(R.string.camera_error, error));
        }

        private void start() {
            try {
                final CaptureRequest.Builder request =
                        device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW);
                // The template focuses continuously where the camera can; to ask a fixed lens for
                // that is an error on some devices.
                request.addTarget(reader.getSurface());
                device.createCaptureSession(
                        Collections.singletonList(reader.getSurface()),
                        new CameraCaptureSession.StateCallback() {
                            @Override
                            public void onConfigured(CameraCaptureSession session) {
                                repeat(session, request);
                            }

                            @Override
                            public void onConfigureFailed(CameraCaptureSession session) {
                                end(device, context.getString(R.string.camera_refuses));
                            }
                        },
                        main);
            } catch (CameraAccessException
                    | IllegalArgumentException
                    | IllegalStateException error) {
                end(device, StyleException.reason(error));
            }
        }

        private void repeat(CameraCaptureSession session, CaptureRequest.Builder request) {
            if (closed) {
                return;
            }
            try {
                session.setRepeatingRequest(request.build(), null, null);
            } catch (CameraAccessException
                    | IllegalArgumentException
                    | IllegalStateException error) {
                end(device, StyleException.reason(error));
            }
        }

        private void end(CameraDevice camera, String reason) {
            if (closed) {
                if (camera != null) {
                    camera.close();
                }
                return;
            }
            device = camera;
            close();
            listener.lost(reason);
        }

        @Override
        public void onImageAvailable(ImageReader source) {
            try (Image image = source.acquireLatestImage()) {
                if (image == null) {
                    return;
                }
                Image.Plane[] planes = image.getPlanes();
                Image.Plane y = planes[0];
                Image.Plane u = planes[1];
                Image.Plane v = planes[2];
                frame.size(image.getWidth(), image.getHeight())
                        .y(y.getBuffer(), y.getRowStride(), y.getPixelStride())
                        .u(u.getBuffer(), u.getRowStride(), u.getPixelStride())
                        .v(v.getBuffer(), v.getRowStride(), v.getPixelStride());
                try {
                    listener.frame(frame, choice.sensor, choice.front);
                } finally {
                    frame.clear();
                }
            }
        }

        void close() {
            if (closed) {
                return;
            }
            closed = true;
            if (device != null) {
                device.close();
                device = null;
            }
            // On the frame thread, after the frame that it is painting: closing the reader takes
            // away the memory that is being read.
            frames.post(
                    new Runnable() {
                        @Override
                        public void run() {
                            reader.close();
                        }
                    });
            thread.quitSafely();
        }
    }
}
