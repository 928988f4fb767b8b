"""Changes to a graph before it is written."""
