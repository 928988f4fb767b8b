"""Painting in tiles: how near it is to painting whole pictures, and what it costs."""
