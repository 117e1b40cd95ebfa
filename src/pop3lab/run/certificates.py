"""A certificate made at start, for those who have none."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pop3lab.files.writing import write_whole
from pop3lab.run.tls import Tls, make_tls

if TYPE_CHECKING:
    from trustme import CA


def self_signed(
    names: Iterable[str], ca_out: str | None = None, client_ca: str | None = None
) -> Tls:
    """A certificate for these host names and addresses, by a CA of its own.

    ca_out: where to write the CA's certificate, which clients are to trust. client_ca: as in
    make_tls. Raises ConfigError, OSError.
    """
    import trustme

    authority = trustme.CA()
    if ca_out:
        write_whole(ca_out, authority.cert_pem.bytes())
    return signed_by(authority, names, client_ca)


def signed_by(authority: "CA", names: Iterable[str], client_ca: str | None = None) -> Tls:
    """A certificate by this CA. The key is on disk only while the context reads it."""
    from pop3lab.run.issuing import Issuer

    hosts = tuple(names)
    leaf = authority.issue_cert(*hosts, common_name="localhost")  # fetchmail wants one
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "leaf.pem")
        leaf.private_key_and_cert_chain_pem.write_to_path(path)
        return replace(make_tls(path, path, client_ca), issuer=Issuer(authority, hosts))
