package dev.tinystyle.demo;

import android.graphics.ImageFormat;
import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraManager;
import android.hardware.camera2.params.StreamConfigurationMap;
import android.util.Size;
import dev.tinystyle.core.CameraGeometry;

/** A camera, and the picture size that it is asked for. Immutable. */
final class CameraChoice {
    final String id;

    /** Degrees clockwise by which its pictures lie against the device: SENSOR_ORIENTATION. */
    final int sensor;

    /** Whether it looks at the user. */
    final boolean front;

    /** As the sensor lies, in pixels. */
    final int width;

    /** As the sensor lies, in pixels. */
    final int height;

    private CameraChoice(String id, CameraCharacteristics facts, Size size) {
        this.id = id;
        Integer orientation = facts.get(CameraCharacteristics.SENSOR_ORIENTATION);
        sensor = orientation == null ? 0 : orientation;
        front = faces(facts, CameraCharacteristics.LENS_FACING_FRONT);
        width = size.getWidth();
        height = size.getHeight();
    }

    /**
     * The camera that looks the wanted way, else the first one; null where none has YUV pictures.
     *
     * @param longer side of what is painted, in pixels
     * @param shorter side of what is painted, in pixels
     */
    static CameraChoice of(CameraManager manager, boolean front, int longer, int shorter)
            throws CameraAccessException {
        int wanted =
                front
                        ? CameraCharacteristics.LENS_FACING_FRONT
                        : CameraCharacteristics.LENS_FACING_BACK;
        CameraChoice other = null;
        for (String id : manager.getCameraIdList()) {
            CameraCharacteristics facts = manager.getCameraCharacteristics(id);
            Size size = size(facts, longer, shorter);
            if (size == null) {
                continue; // a camera of depth alone, for example
            }
            CameraChoice choice = new CameraChoice(id, facts, size);
            if (faces(facts, wanted)) {
                return choice;
            }
            other = other == null ? choice : other;
        }
        return other;
    }

    private static boolean faces(CameraCharacteristics facts, int way) {
        Integer facing = facts.get(CameraCharacteristics.LENS_FACING);
        return facing != null && facing == way;
    }

    private static Size size(CameraCharacteristics facts, int longer, int shorter) {
        StreamConfigurationMap map =
                facts.get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP);
        Size[] sizes = map == null ? null : map.getOutputSizes(ImageFormat.YUV_420_888);
        if (sizes == null) {
            return null;
        }
        int[][] sides = new int[sizes.length][];
        for (int i = 0; i < sizes.length; i++) {
            sides[i] = new int[] {sizes[i].getWidth(), sizes[i].getHeight()};
        }
        int chosen = CameraGeometry.choose(sides, longer, shorter);
        return chosen < 0 ? null : sizes[chosen];
    }
}
