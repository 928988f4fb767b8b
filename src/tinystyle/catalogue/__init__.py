"""Catalogues: artworks by the thousand, each a row with the code of its network."""
