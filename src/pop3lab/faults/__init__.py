"""Being wrong on request: quirks enter a session by the four seams of its script."""
