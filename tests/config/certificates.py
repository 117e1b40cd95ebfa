"""Certificates as files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


def make(folder: Path, name: str, *, days: int = 30) -> tuple[str, str]:
    """The paths of a certificate and its key; days may be negative."""
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    until = datetime.now(UTC) + timedelta(days=days)
    leaf = trustme.CA().issue_cert(name, not_after=until.replace(tzinfo=None))
    leaf.cert_chain_pems[0].write_to_path(cert)
    leaf.private_key_pem.write_to_path(key)
    return str(cert), str(key)
