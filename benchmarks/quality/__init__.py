"""How good painted pictures are."""
