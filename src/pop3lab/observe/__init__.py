"""Listeners: what happened, counted, written down and told."""
