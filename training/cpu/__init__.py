"""The same arithmetic, quicker on a CPU."""
