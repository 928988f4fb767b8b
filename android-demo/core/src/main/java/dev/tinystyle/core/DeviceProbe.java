package dev.tinystyle.core;

import java.util.Map;

/** What only the platform knows about the device. Each may answer null: not known. */
public interface DeviceProbe {
    /** PowerManager.getCurrentThermalStatus, 0 to 6. */
    Integer thermalStatus();

    /** PowerManager.getThermalHeadroom; NaN is taken as null. */
    Double thermalHeadroom();

    /** Highest resident memory of the process so far, in bytes. */
    Long peakMemoryBytes();

    /** manufacturer, model, android, sdk (a number), abi, soc (may be null), in that order. */
    Map<String, Object> device();
}
