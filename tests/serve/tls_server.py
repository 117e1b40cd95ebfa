"""The real server with TLS from the first octet, and a client context that trusts it."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tls_server(folder: Path, *options: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Its port, and the context; a folder of one message is served to user ann."""
    (folder / "box").mkdir()
    (folder / "box" / "1").write_bytes(b"Subject: x\r\n\r\nhello\r\n")
    command = [sys.executable, "-m", "pop3lab", "serve", str(folder / "box")]
    command += ["--user", "ann:secret", "--port", "0", "--tls-port", "0", "--tls-self-signed"]
    command += ["--ca-out", str(folder / "ca.pem"), "--ready", "json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout
            port = json.loads(process.stdout.readline())["pop3s"]
            yield port, ssl.create_default_context(cafile=str(folder / "ca.pem"))
        finally:
            process.terminate()
