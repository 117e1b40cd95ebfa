"""Driving a client: one run, and what came of it."""
