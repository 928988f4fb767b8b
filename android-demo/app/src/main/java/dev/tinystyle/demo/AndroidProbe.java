package dev.tinystyle.demo;

import android.content.Context;
import android.os.Build;
import android.os.PowerManager;
import dev.tinystyle.core.DeviceProbe;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;

/** What Android says of the device. All calls newer than minSdk are here, behind their SDK_INT. */
final class AndroidProbe implements DeviceProbe {
    private final PowerManager power;

    AndroidProbe(Context context) {
        power = context.getSystemService(PowerManager.class);
    }

    @Override
    public Integer thermalStatus() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q || power == null) {
            return null;
        }
        return power.getCurrentThermalStatus();
    }

    @Override
    public Double thermalHeadroom() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R || power == null) {
            return null;
        }
        return (double) power.getThermalHeadroom(0); // NaN where the device does not tell
    }

    @Override
    public Long peakMemoryBytes() {
        try (BufferedReader status =
                new BufferedReader(
                        new InputStreamReader(
                                new FileInputStream("/proc/self/status"), "US-ASCII"))) {
            for (String line = status.readLine(); line != null; line = status.readLine()) {
                if (line.startsWith("VmHWM:")) { // as in "VmHWM:	  123456 kB"
                    String[] words = line.trim().split("\\s+");
                    return Long.parseLong(words[1]) * 1024L;
                }
            }
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException unreadable) {
            return null;
        }
        return null;
    }

    @Override
    public Map<String, Object> device() {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("manufacturer", Build.MANUFACTURER);
        device.put("model", Build.MODEL);
        device.put("android", Build.VERSION.RELEASE);
        device.put("sdk", Build.VERSION.SDK_INT);
        String[] abis = Build.SUPPORTED_ABIS;
        device.put("abi", abis.length > 0 ? abis[0] : "unknown");
        device.put("soc", soc());
        return device;
    }

    private static String soc() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
            return null;
        }
        return Build.SOC_MANUFACTURER + " " + Build.SOC_MODEL;
    }
}
