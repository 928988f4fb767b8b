package ai.onnxruntime;

import java.util.EnumSet;

/** The one environment of a process. */
public final class OrtEnvironment implements AutoCloseable {
    private static OrtEnvironment only;

    private OrtEnvironment() {}

    public static synchronized OrtEnvironment getEnvironment() {
        if (only == null) {
            only = new OrtEnvironment();
        }
        return only;
    }

    /** Of the native library. */
    public String getVersion() {
        return Native.version();
    }

    /** Providers that the native library was built with. */
    public static EnumSet<OrtProvider> getAvailableProviders() {
        EnumSet<OrtProvider> found = EnumSet.noneOf(OrtProvider.class);
        for (String name : Native.providers()) {
            for (OrtProvider provider : OrtProvider.values()) {
                if (provider.getName().equals(name)) {
                    found.add(provider);
                }
            }
        }
        return found;
    }

    public OrtSession createSession(byte[] modelArray, OrtSession.SessionOptions options)
            throws OrtException {
        return new OrtSession(Native.createSession(modelArray, options.handle()));
    }

    /** Does nothing: the environment lives as long as the process. */
    @Override
    public void close() {}
}
