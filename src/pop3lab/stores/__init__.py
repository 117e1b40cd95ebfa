"""Where messages are kept. Every store passes tests/contract."""
