"""Attacks on clients: what a server, or somebody in between, may try."""
