"""Pop3Server, a server for tests, and its parts."""
