"""Training with torch: losses, data, the meta network, the style encoder, the loops."""
