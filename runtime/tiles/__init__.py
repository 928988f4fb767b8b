"""Painting pictures in tiles, exactly: the norms' statistics are those of the whole picture."""
