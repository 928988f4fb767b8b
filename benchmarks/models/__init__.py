"""Models under test, and what runs them."""
