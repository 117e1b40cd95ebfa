"""A server within a test: Pop3Server, and what it is made of."""
