"""Scenarios: a server, its users, messages and rules, and what a client is to do, in one file."""
