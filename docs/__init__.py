"""Pages, and what writes those of reference."""
