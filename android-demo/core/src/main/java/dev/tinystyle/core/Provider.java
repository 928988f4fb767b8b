package dev.tinystyle.core;

/** Execution providers of onnxruntime on Android, by the names that the project uses. */
public enum Provider {
    CPU("cpu"),
    XNNPACK("xnnpack"),
    NNAPI("nnapi"),
    QNN("qnn");

    private final String label;

    Provider(String label) {
        this.label = label;
    }

    /** As in files and in commands. */
    public String label() {
        return label;
    }

    /** The provider of that name. */
    public static Provider of(String label) throws StyleException {
        StringBuilder known = new StringBuilder();
        for (Provider provider : values()) {
            if (provider.label.equals(label)) {
                return provider;
            }
            known.append(known.length() == 0 ? "" : ", ").append(provider.label);
        }
        throw new StyleException(
                StyleException.Kind.OPTION,
                "provider is '" + label + "'; known are " + known);
    }
}
