package dev.tinystyle.demo;

/** A style that the app can paint in. Immutable. */
final class Style {
    /** Plain file name without ending; unlike all others. */
    final String name;

    /** For the user. */
    final String title;

    /** Whether the user has made it on this device. */
    final boolean own;

    /** Of the network: path inside the assets, or of a file of the app. */
    final String model;

    /** Of the thumbnail, likewise. */
    final String picture;

    /** Of the network as the index tells it; null for the user's own. */
    final String sha256;

    Style(String name, String title, boolean own, String model, String picture, String sha256) {
        this.name = name;
        this.title = title;
        this.own = own;
        this.model = model;
        this.picture = picture;
        this.sha256 = sha256;
    }
}
