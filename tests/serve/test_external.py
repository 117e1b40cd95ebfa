"""A client certificate logs in, by EXTERNAL, and only where one can."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.serve.tls_server import tls_server

CAPA_END = b".\r\n"


def dialogue(port: int, context: ssl.SSLContext, *lines: bytes) -> list[bytes]:
    """The greeting, what CAPA says of SASL, and one answer for each line."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=15) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as wrapped,
        wrapped.makefile("rb") as file,
    ):
        file.readline()
        wrapped.sendall(b"CAPA\r\n")
        told = []
        while (line := file.readline()) != CAPA_END:
            told.append(line)
        answers = [line for line in told if line.startswith(b"SASL ")]
        for line in lines:
            wrapped.sendall(line + b"\r\n")
            answers.append(file.readline())
        return answers


@pytest.mark.parametrize("name", ["ann@example.org", "bob@example.org", None])
def test_p196_p243_external(tmp_path: Path, name: str | None) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "clients.pem")
    options = ("--user", "ann@example.org:secret", "--client-ca", str(tmp_path / "clients.pem"))
    with tls_server(tmp_path, *options) as (port, context):
        if name:
            leaf = authority.issue_cert(name)
            leaf.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
            context.load_cert_chain(tmp_path / "client.pem")
        sasl, answer, state = dialogue(port, context, b"AUTH EXTERNAL =", b"STAT")
    known = name == "ann@example.org"
    assert (b" EXTERNAL" in sasl) == known
    assert answer.startswith(b"+OK" if known else b"-ERR")
    assert state.startswith(b"+OK" if known else b"-ERR")


class Authority:
    """Who gives out client certificates with any names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clients")])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        own = self._certificate(self._name, self._key).add_extension(basic, critical=True)
        self._write("clients.pem", own.sign(self._key, hashes.SHA256()))

    def issue(self, commons: list[str], alternatives: x509.ExtensionType | None) -> Path:
        """The path of a new certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in commons]
        leaf = self._certificate(x509.Name(subject), key)
        if alternatives is not None:
            leaf = leaf.add_extension(alternatives, critical=not commons)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return self._write("client.pem", leaf.sign(self._key, hashes.SHA256()), pem)

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            self._name,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=1),
            now + timedelta(days=1),
        )

    def _write(self, name: str, certificate: x509.Certificate, more: bytes = b"") -> Path:
        path = self.folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + more)
        return path


def addresses(*names: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.RFC822Name(name) for name in names])


ANN, BOB, OTHER = "ann@example.org", "bob@example.org", "other@example.org"

CERTIFICATES: dict[str, tuple[list[str], x509.ExtensionType | None, bool]] = {
    "an address": ([], addresses(ANN), True),
    "the second address": ([], addresses(OTHER, ANN), True),
    "a common name": ([ANN], None, True),
    "the first common name": ([ANN, "x"], None, True),
    "the last common name": (["x", ANN], None, True),
    "an address beside a common name": (["Ann Smith"], addresses(ANN), True),
    "a common name beside an address": ([ANN], addresses(OTHER), True),
    "the same twice": ([ANN], addresses(ANN), True),
    "two users in addresses": ([], addresses(ANN, BOB), False),
    "two users in common names": ([BOB, ANN], None, False),
    "two users in both": ([BOB], addresses(ANN), False),
    "nobody": (["x"], addresses(OTHER), False),
    "another case": ([], addresses("Ann@example.org"), False),
    "a soft hyphen": (["a\u00adnn@example.org"], None, False),
    "a full-width letter": (["\uff41nn@example.org"], None, False),
    "a blank behind": ([ANN + " "], None, False),
    "NUL inside": ([ANN + "\0.example.com"], None, False),
}


@pytest.fixture(scope="module")
def certified(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Authority, int, Path]]:
    folder = tmp_path_factory.mktemp("external")
    authority = Authority(folder)
    users = ("--user", f"{ANN}:secret", "--user", f"{BOB}:secret")
    clients = ("--client-ca", str(folder / "clients.pem"))
    with tls_server(folder, *users, *clients) as (port, _):
        yield authority, port, folder / "ca.pem"


@pytest.mark.parametrize("which", list(CERTIFICATES))
def test_whom_a_certificate_names(certified: tuple[Authority, int, Path], which: str) -> None:
    authority, port, ca = certified
    commons, alternatives, known = CERTIFICATES[which]
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(authority.issue(commons, alternatives))
    sasl, answer, _ = dialogue(port, context, b"AUTH EXTERNAL =", b"QUIT")
    assert (b" EXTERNAL" in sasl) == known
    assert answer.startswith(b"+OK" if known else b"-ERR")
