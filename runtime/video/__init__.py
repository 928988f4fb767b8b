"""Painting what moves: films by PyAV (extra ``[video]``), animated pictures by Pillow.

Photographs need none of it: nothing here is imported before a film is painted.
"""
