"""The header fields by which a delivered message tells its envelope."""


def return_path(sender: str) -> bytes:
    """Return the field with the reverse-path (RFC 5321 section 4.4), without a line end."""
    return f"Return-Path: <{_plain(sender).strip('<>')}>".encode("utf-8", "surrogateescape")


def delivered_to(recipient: str) -> bytes:
    """Return the field with the recipient (RFC 9228 section 4), without a line end."""
    return f"Delivered-To: {_plain(recipient).strip('<>')}".encode("utf-8", "surrogateescape")


def _plain(address: str) -> str:
    """An address has no line end, which would begin another field."""
    return "".join(character for character in address if character not in "\r\n\0")
