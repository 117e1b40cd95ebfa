"""Quirks, faults and attacks, and the profiles made of them."""
