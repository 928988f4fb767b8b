"""``tinystyle train``."""
