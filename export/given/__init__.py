"""Graphs whose norms are given their statistics, for apps that paint in tiles or steady films."""
