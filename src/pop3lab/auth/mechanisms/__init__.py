"""SASL mechanisms: each a generator that knows nothing of lines and base64 (RFC 4422)."""
