package java.lang;

/** Compile-only. */
public final class Math {
    private Math() {}

    /** Level 24. */
    public static int floorMod(int x, int y) {
        throw new RuntimeException("Stub!");
    }

    public static int abs(int a) {
        throw new RuntimeException("Stub!");
    }

    public static long abs(long a) {
        throw new RuntimeException("Stub!");
    }

    public static double abs(double a) {
        throw new RuntimeException("Stub!");
    }

    public static int min(int a, int b) {
        throw new RuntimeException("Stub!");
    }

    public static long min(long a, long b) {
        throw new RuntimeException("Stub!");
    }

    public static float min(float a, float b) {
        throw new RuntimeException("Stub!");
    }

    public static double min(double a, double b) {
        throw new RuntimeException("Stub!");
    }

    public static int max(int a, int b) {
        throw new RuntimeException("Stub!");
    }

    public static long max(long a, long b) {
        throw new RuntimeException("Stub!");
    }

    public static float max(float a, float b) {
        throw new RuntimeException("Stub!");
    }

    public static double max(double a, double b) {
        throw new RuntimeException("Stub!");
    }

    public static double sqrt(double a) {
        throw new RuntimeException("Stub!");
    }

    public static double sin(double a) {
        throw new RuntimeException("Stub!");
    }

    public static double floor(double a) {
        throw new RuntimeException("Stub!");
    }

    public static double ceil(double a) {
        throw new RuntimeException("Stub!");
    }

    public static double rint(double a) {
        throw new RuntimeException("Stub!");
    }

    public static int round(float a) {
        throw new RuntimeException("Stub!");
    }

    public static long round(double a) {
        throw new RuntimeException("Stub!");
    }

    public static int multiplyExact(int x, int y) {
        throw new RuntimeException("Stub!");
    }
}
