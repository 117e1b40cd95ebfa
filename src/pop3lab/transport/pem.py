"""Certificates and keys in PEM, as operators have them: what is wrong is told in a sentence."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_CONFIG_FILE, read_whole

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_KEY = re.compile(rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_DER = b"\x30"  # how what is not PEM begins


class Pem(NamedTuple):
    """The octets of a file. name: what a sentence calls it."""

    name: str
    octets: bytes

    @property
    def labels(self) -> list[str]:
        """Of what is in it, in order."""
        return [label.decode("ascii") for label in _LABEL.findall(self.octets)]

    def wrong(self, how: str) -> NoReturn:
        """Raises ConfigError."""
        raise ConfigError(f"{self.name} {how}")


def read_pem(setting: str, path: str) -> Pem:
    """The file. setting: what it was given for. Raises ConfigError."""
    pem = Pem(f"{setting} {path!r}", b"")
    try:
        return pem._replace(octets=read_whole(path, MAX_CONFIG_FILE))
    except OSError as error:
        pem.wrong(f"can't be read: {error.strerror}")


def certificates_in(pem: Pem) -> "list[Certificate]":
    """All of them, in order; one at least. Raises ConfigError."""
    from cryptography import x509

    if "TRUSTED CERTIFICATE" in pem.labels:
        pem.wrong("holds a TRUSTED CERTIFICATE: write it anew with openssl x509 -in FILE -out NEW")
    if "CERTIFICATE" not in pem.labels:
        keys = any(label.endswith("PRIVATE KEY") for label in pem.labels)
        _lacks(pem, "certificate", "a private key" if keys else "")
    try:
        return x509.load_pem_x509_certificates(pem.octets)
    except ValueError:
        pem.wrong("is damaged: a certificate in it can't be read")


def check_pair(certificate: Pem, key: Pem) -> "Certificate":
    """The server's own certificate, which has this key. Raises ConfigError."""
    chain = certificates_in(certificate)
    wanted = _public_half(key)
    places = [place for place, each in enumerate(chain) if _public_key(each) == wanted]
    if not places:
        raise ConfigError(f"{certificate.name} and {key.name} do not belong together")
    if places[0]:
        certificate.wrong("has the server's own certificate not in first place: put it there")
    if not _is_in_order(chain):
        certificate.wrong("is in a wrong order: behind each certificate belongs that of its issuer")
    return chain[0]


def _is_in_order(chain: "list[Certificate]") -> bool:
    """Whether whoever issued a certificate, if it is here at all, comes next (RFC 5246 s 7.4.2).

    One who has several certificates, of several issuers, counts as one.
    """
    chain = list(dict.fromkeys(chain))
    for place, each in enumerate(chain):
        behind = [other.subject for other in chain[place + 1 :] if other.subject != each.subject]
        if each.issuer in behind and each.issuer != behind[0]:
            return False
    return True


def _public_half(pem: Pem) -> bytes:
    """That of the private key, in DER."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    keys = [match[0] for match in _KEY.finditer(pem.octets)]
    if not keys:
        _lacks(pem, "private key", "a certificate" if "CERTIFICATE" in pem.labels else "")
    if len(keys) > 1:
        pem.wrong(f"holds {len(keys)} private keys: leave that of the certificate")
    if b"ENCRYPTED" in keys[0]:
        pem.wrong(
            "is encrypted, and nobody is asked for its passphrase:"
            " decrypt it with openssl pkey -in FILE -out NEW"
        )
    try:
        return _der(load_pem_private_key(keys[0], None).public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pem.wrong("is damaged, or a private key of a kind that TLS does not know")


def _public_key(certificate: "Certificate") -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _der(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return b""


def _der(key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    octets: bytes = key.public_bytes(  # type: ignore[attr-defined]
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return octets


def _lacks(pem: Pem, wanted: str, instead: str) -> NoReturn:
    """Raises ConfigError."""
    if not pem.octets.strip():
        pem.wrong(f"is empty: a {wanted} in PEM is wanted")
    if instead:
        pem.wrong(f"holds {instead} and no {wanted}: has it changed places with another file?")
    if pem.octets.startswith(_DER):
        pem.wrong(f"is DER or PKCS #12: a {wanted} in PEM is wanted")
    pem.wrong(f"holds no {wanted} in PEM")


# Files without a name, for libraries that read from paths only.


if sys.platform == "win32":

    @contextmanager
    def anonymous_file(octets: bytes) -> Iterator[str]:
        """A path at which the octets can be read for as long as the block lasts. Raises OSError.

        Here it has a name in the user's own folder for temporary files.
        """
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="pop3lab-") as folder:
            path = os.path.join(folder, "pem")
            with open(path, "xb") as file:
                file.write(octets)
            yield path

else:

    @contextmanager
    def anonymous_file(octets: bytes) -> Iterator[str]:
        """A path at which this process can read the octets for as long as the block lasts.

        They are in no folder at any time, so whatever ends the process leaves nothing behind.
        Raises OSError.
        """
        with FileIO(_descriptor(), "w+b") as file:
            file.write(octets)
            file.seek(0)  # where a path of a descriptor shares its place
            yield f"/dev/fd/{file.fileno()}"

    def _descriptor() -> int:
        """Of memory where the system has that, else of a file that has lost its name already."""
        if hasattr(os, "memfd_create"):
            return os.memfd_create("pop3lab")
        from tempfile import TemporaryFile  # which imports all that packs files

        with TemporaryFile() as file:
            return os.dup(file.fileno())
