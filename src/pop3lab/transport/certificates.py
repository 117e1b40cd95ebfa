"""The certificates of a server: its own, perhaps made at start, and variants of it by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pop3lab.transport.openssl import require_ssl
from pop3lab.transport.pem import certificates_in, read_pem
from pop3lab.transport.tls import Tls, tls_of

if TYPE_CHECKING:
    from trustme import CA


@dataclass(frozen=True)
class CertificateSet:
    """A server's own certificate, and beside it those that a client must not accept.

    authority: who made the own one, if it was made at start. names: its hosts and addresses.
    """

    own: Tls
    authority: "CA | None" = None
    names: Sequence[str] = ("localhost", "127.0.0.1")
    _variants: dict[str, Tls] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, name: str) -> Tls:
        """Return the variant of this name, made when it is first asked for; empty for the own one.

        Raises ConfigError if there is none.
        """
        if not name:
            return self.own
        if name not in self._variants:
            # Not without need: cryptography is large.
            from pop3lab.transport.bad_certificates import make_variant

            self._variants[name] = make_variant(name, self.own, self.authority, self.names)
        return self._variants[name]


def self_signed(
    names: Iterable[str], ca_out: str | None = None, client_ca: str | None = None
) -> CertificateSet:
    """Make a certificate for these host names and addresses, by a CA of its own.

    ca_out: where to write the CA's certificate, which clients are to trust. client_ca: as in
    make_tls. Raises ConfigError, OSError.
    """
    require_ssl()
    import trustme

    authority = trustme.CA()
    if ca_out:
        from pop3lab.files.writing import write_whole  # which Windows can't

        write_whole(ca_out, authority.cert_pem.bytes())
    return signed_by(authority, names, client_ca)


def signed_by(
    authority: "CA", names: Iterable[str], client_ca: str | None = None
) -> CertificateSet:
    """Make a certificate by this CA, of which nothing is ever on disk. Raises ConfigError."""
    from cryptography import x509

    hosts = tuple(names)
    leaf = authority.issue_cert(*hosts, common_name="localhost")  # fetchmail wants one
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
    tls = tls_of(
        chain,
        leaf.private_key_pem.bytes(),
        x509.load_pem_x509_certificate(chain),
        certificates_in(read_pem("client-ca", client_ca)) if client_ca else (),
    )
    return CertificateSet(tls, authority, hosts)
