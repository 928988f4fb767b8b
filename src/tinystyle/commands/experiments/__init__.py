"""``tinystyle experiment``."""
