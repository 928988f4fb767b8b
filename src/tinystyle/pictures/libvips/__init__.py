"""Pictures that Pillow does not hold: of 16 bits, or too large for memory. By libvips."""
