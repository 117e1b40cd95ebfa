"""A certificate made at start, for those who have none."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pop3lab.files.writing import write_whole
from pop3lab.run.pem import certificates_in, read_pem
from pop3lab.run.tls import Tls, tls_of

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
    """A certificate by this CA, of which nothing is ever on disk. Raises ConfigError."""
    from cryptography import x509

    from pop3lab.run.issuing import Issuer

    hosts = tuple(names)
    leaf = authority.issue_cert(*hosts, common_name="localhost")  # fetchmail wants one
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
    tls = tls_of(
        chain,
        leaf.private_key_pem.bytes(),
        x509.load_pem_x509_certificate(chain),
        certificates_in(read_pem("client-ca", client_ca)) if client_ca else (),
    )
    return replace(tls, issuer=Issuer(authority, hosts))
