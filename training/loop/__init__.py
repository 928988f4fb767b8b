"""The training loop, and what a run of hours needs around it."""
