"""Artworks drawn by formulas."""
