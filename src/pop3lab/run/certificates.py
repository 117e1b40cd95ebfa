"""A certificate made at start, for those who have none."""

import os
import tempfile
from collections.abc import Iterable

from pop3lab.run.tls import Tls, make_tls


def self_signed(
    names: Iterable[str], ca_out: str | None = None, client_ca: str | None = None
) -> Tls:
    """A certificate for these host names and addresses, by a CA of its own.

    ca_out: where to write the CA's certificate, which clients are to trust. client_ca: as in
    make_tls. The key is on disk only while the context reads it. Raises ConfigError.
    """
    import trustme

    authority = trustme.CA()
    leaf = authority.issue_cert(*names, common_name="localhost")  # fetchmail wants one
    if ca_out:
        authority.cert_pem.write_to_path(ca_out)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "leaf.pem")
        leaf.private_key_and_cert_chain_pem.write_to_path(path)
        return make_tls(path, path, client_ca)
