"""A server that a client is told the address of, the login and the CA, and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.interop.folders import Folder, write
from tests.serve.process import USER, Serving, serving

PLAIN, STLS, TLS = "plain", "stls", "tls"


@dataclass(frozen=True)
class Reached:
    """how: in clear, by STLS, or under TLS from the first octet. home: the client's."""

    how: str
    port: int
    ca: Path
    home: Path

    @property
    def words(self) -> list[str]:
        """As the scripts beside take them."""
        return [self.how, str(self.port), str(self.ca)]


# Fetches all messages and answers their texts, with the line ends that the client makes.
Fetch = Callable[[Reached], list[bytes]]


@contextmanager
def reached(folder: Folder, home: Path, how: str) -> Iterator[tuple[Reached, Serving]]:
    """Serve the folder to ann; it is home/drop, the transcript home/transcript."""
    home.mkdir(exist_ok=True)
    drop, ca = write(folder, home / "drop"), home / "ca.pem"
    words = ["--transcript", str(home / "transcript")]
    if how != PLAIN:
        words += ["--tls-port", "0", "--tls-self-signed", "--ca-out", str(ca)]
    with serving(drop, *USER, *words) as server:
        port = server.tls_port if how == TLS else server.port
        yield Reached(how, port, ca, home), server
