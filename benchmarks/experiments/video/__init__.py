"""Flicker of painted films and of painted photographs that are moved."""
