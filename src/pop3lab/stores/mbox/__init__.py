"""Mbox files as maildrops, in harmony with the mail programs of a Debian system."""
