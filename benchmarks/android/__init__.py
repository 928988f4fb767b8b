"""Models on an Android device."""
