package android.os;

/** Compile-only. */
public final class PowerManager {
    private PowerManager() {}

    /** Level 29. */
    public int getCurrentThermalStatus() {
        throw new RuntimeException("Stub!");
    }

    /** Level 30. */
    public float getThermalHeadroom(int forecastSeconds) {
        throw new RuntimeException("Stub!");
    }
}
