"""The style studio in a real browser: what it costs, and what it looks like."""
