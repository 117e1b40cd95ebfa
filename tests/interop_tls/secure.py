"""A server with a certificate of its own, and what its clients must get from it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pop3lab.stores.line_endings import to_crlf
from tests.interop.accounts import CRLF, Account
from tests.interop.compare import assert_arrived
from tests.interop.folders import Folder, write
from tests.serve.process import USER, Serving, serving

TOKENS = "good-token ann\nold-token ann expired\nstolen-token ann revoked\n"


@dataclass(frozen=True)
class Secure:
    """A server under TLS, the certificate of who made its own, and its messages."""

    server: Serving
    ca: Path
    drop: Path

    def left(self) -> list[str]:
        """The names of the messages that are still there."""
        return sorted(path.name for path in self.drop.iterdir() if path.name[0] != ".")

    def said(self) -> str:
        """Stop; the lines of the transcript."""
        assert self.server.stop() == 0
        return (self.drop.parent / "transcript").read_text()


@contextmanager
def secure(folder: Folder, home: Path, *words: str, user: Sequence[str] = USER) -> Iterator[Secure]:
    """Serve the folder to ann, and what she has tokens for."""
    home.mkdir(exist_ok=True)
    drop, ca = write(folder, home / "drop"), home / "ca.pem"
    (home / "tokens").write_text(TOKENS)
    options = ("--tls-port", "0", "--tls-self-signed", "--ca-out", str(ca))
    tokens = ("--tokens", str(home / "tokens"))
    transcript = ("--transcript", str(home / "transcript"))
    with serving(drop, *user, *options, *tokens, *transcript, *words) as server:
        yield Secure(server, ca, drop)


def assert_delivered(delivered: Iterable[bytes], folder: Folder, account: Account) -> None:
    """All that the folder has, byte for byte, but for what the client is known to make of it."""
    sent = {name: b"".join(to_crlf([octets])) for name, octets in folder.items()}

    def made(text: bytes) -> bytes:
        # An empty message travels without a line end, other than by the seed's contract.
        return account(b"" if text == CRLF else text)

    assert_arrived(delivered, sent, ("noextra",), made)


def contents(path: Path) -> list[bytes]:
    """The files of a folder, by their names."""
    return [file.read_bytes() for file in sorted(path.iterdir())]


SMALL: Folder = {"a": b"Subject: a\r\n\r\n.\r\none\r\n", "b": b"Subject: b\r\n\r\ntwo\r\n"}
