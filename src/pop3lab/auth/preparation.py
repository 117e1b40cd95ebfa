"""SASLprep: names and passwords that look the same are the same (RFC 4013)."""


def prepared(text: str) -> str:
    """The text as it is compared; what SASLprep prohibits is left as it is, and ASCII always is."""
    if text.isascii():
        return text
    from scramp import ScramException  # type: ignore[import-untyped]
    from scramp.utils import saslprep  # type: ignore[import-untyped]

    try:
        return str(saslprep(text))
    except ScramException:
        return text
