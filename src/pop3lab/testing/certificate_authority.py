"""Certificates for tests: one authority per process, created when TLS is first used."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from pop3lab.transport.certificates import CertificateSet, signed_by
from pop3lab.transport.openssl import require_ssl

if TYPE_CHECKING:
    import ssl


class CertificateAuthority:
    """The authority that signs the certificates of all test servers of a process.

    Attributes:
        pem: Its own certificate, which clients must trust, as PEM.
    """

    def __init__(self) -> None:
        require_ssl()
        import trustme  # not needed without TLS

        self._ca = trustme.CA()
        self._folder = tempfile.mkdtemp(prefix="pop3lab-")
        self._leaves: dict[tuple[frozenset[str], str | None], CertificateSet] = {}
        self.pem = self._ca.cert_pem.bytes().decode("ascii")
        atexit.register(self._clear, os.getpid())

    @property
    def ca_file(self) -> str:
        """The path of a file with that certificate, removed when the process ends."""
        # Written again if it is missing: a test may have its own file system.
        path = os.path.join(self._folder, "ca.pem")
        if not os.path.exists(path):
            os.makedirs(self._folder, exist_ok=True)
            with open(path, "w", encoding="ascii") as file:
                file.write(self.pem)
            os.chmod(path, 0o644)
            # Clients that run as other users read it, too.
            os.chmod(self._folder, 0o755)  # noqa: S103
        return path

    def _clear(self, owner: int) -> None:
        if os.getpid() == owner:  # not a process forked from it
            shutil.rmtree(self._folder, ignore_errors=True)

    def tls(self, names: Iterable[str], client_ca: str | None = None) -> CertificateSet:
        """Return a certificate for these names, signed once and kept.

        Args:
            names: Host names and addresses.
            client_ca: The path of the PEM file with the CA that signs clients' certificates.
        """
        key = frozenset(names), client_ca
        if key not in self._leaves:
            self._leaves[key] = signed_by(self._ca, sorted(key[0]), client_ca)
        return self._leaves[key]

    def client_context(self) -> "ssl.SSLContext":
        """Return a context for a client that trusts this authority only."""
        import ssl

        return ssl.create_default_context(cadata=self.pem)


@cache
def authority() -> CertificateAuthority:
    """Return the authority of this process."""
    return CertificateAuthority()


def context_trusting(ca_file: str) -> "ssl.SSLContext":
    """Return a context for a client that trusts these certificates and nothing else."""
    import ssl

    with open(ca_file, encoding="ascii", errors="ignore") as file:
        context = ssl.create_default_context(cadata=file.read())
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # cert= may be without its CA
    return context
