"""Experiments of Chen and Schmidt 2016: style swap."""
