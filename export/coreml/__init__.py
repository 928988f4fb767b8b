"""Graphs as CoreML packages."""
