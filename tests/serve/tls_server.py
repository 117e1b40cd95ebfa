"""The real server with TLS from the first octet, and a client context that trusts it."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

from tests.forked import Forked


@contextmanager
def tls_server(folder: Path, *options: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Its port, and the context; a folder of one message is served to user ann."""
    (folder / "box").mkdir()
    (folder / "box" / "1").write_bytes(b"Subject: x\r\n\r\nhello\r\n")
    words = ["serve", str(folder / "box")]
    words += ["--user", "ann:secret", "--port", "0", "--tls-port", "0", "--tls-self-signed"]
    words += ["--ca-out", str(folder / "ca.pem"), "--ready", "json", *options]
    with Forked(words, stderr=DEVNULL) as process:
        try:
            assert process.stdout
            port = json.loads(process.stdout.readline())["pop3s"]
            yield port, ssl.create_default_context(cafile=str(folder / "ca.pem"))
        finally:
            process.terminate()
