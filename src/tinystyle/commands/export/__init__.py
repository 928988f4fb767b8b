"""``export-net``."""
