"""Maildrops in PostgreSQL, which any number of servers may open."""
