"""The module ssl, or what types and `except` name of it where Python was built without it."""

from types import SimpleNamespace

from pop3lab.core.errors import ConfigError

__all__ = ["require_ssl", "ssl"]


class _NoSsl(OSError):
    """Never raised."""


try:
    import ssl
except ImportError:
    _errors = ("SSLError", "SSLWantReadError", "SSLZeroReturnError", "SSLCertVerificationError")
    ssl = SimpleNamespace(  # type: ignore[assignment]
        SSLContext=object, SSLObject=object, **dict.fromkeys(_errors, _NoSsl)
    )


def require_ssl() -> None:
    """Raise ConfigError where there is no TLS."""
    if not hasattr(ssl, "OPENSSL_VERSION"):
        raise ConfigError("TLS needs the module ssl, and this Python was built without it")
