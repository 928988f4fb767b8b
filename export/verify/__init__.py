"""Proof that a file computes what its network computes."""
