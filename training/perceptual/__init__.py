"""The networks whose features define content and style."""
