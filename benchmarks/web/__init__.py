"""Models in a browser."""
