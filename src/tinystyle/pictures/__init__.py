"""Pictures: files in, arrays in sRGB out, and what they say beside their pixels."""
