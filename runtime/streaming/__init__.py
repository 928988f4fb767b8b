"""Painting files that are never whole in memory, neither read nor painted."""
