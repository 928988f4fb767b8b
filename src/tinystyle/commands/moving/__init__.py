"""Commands for what moves: films, animated pictures and the camera."""
