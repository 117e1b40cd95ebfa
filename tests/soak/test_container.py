"""The Containerfile of the manual: its steps, taken below a temporary folder.

Only USER is not obeyed, as the folder belongs to who runs this, and the ports are free ones.
"""

import json
import os
import poplib
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.docs.snippets import EXAMPLES

FOLDERS = ("etc", "opt", "srv", "tmp")
CHOWN = re.compile(r" && chown \d+:\d+ \S+$")
NOTHING_TO_DO = {"FROM", "USER", "EXPOSE", "VOLUME"}


class Container:
    """What a Containerfile makes below a folder."""

    def __init__(self, root: Path, context: Path) -> None:
        self.root = root
        self.environ = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
        self.command: list[str] = []
        self._context = context
        for folder in FOLDERS:
            (root / folder).mkdir()

    def take(self, instruction: str, text: str) -> None:
        text = re.sub(rf"(?<![\w.])/(?=(?:{'|'.join(FOLDERS)})/)", f"{self.root}/", text)
        match instruction:
            case "COPY":
                pattern, target = text.split()
                for path in self._context.glob(pattern):
                    shutil.copy(path, target)
            case "RUN":
                step = CHOWN.sub("", text)
                subprocess.run(["/bin/sh", "-c", step], env=self.environ, check=True)
            case "ENV":
                self.environ |= dict(pair.split("=", 1) for pair in text.split())
            case "CMD":
                self.command = json.loads(text)
            case _:
                assert instruction in NOTHING_TO_DO


@pytest.fixture
def container(checkout: Path, tmp_path: Path) -> Container:
    made = Container(tmp_path, checkout)
    for line in (EXAMPLES / "Containerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            made.take(*line.split(" ", 1))
    return made


@pytest.fixture
def authority(container: Container) -> trustme.CA:
    """Of the certificate that is mounted with the users and the mail."""
    made = trustme.CA()
    certificate = made.issue_cert("localhost")
    mounted = container.root / "etc" / "pop3lab"
    certificate.private_key_pem.write_to_path(str(mounted / "privkey.pem"))
    (mounted / "privkey.pem").chmod(0o600)
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(mounted / "fullchain.pem"), append=True)
    (mounted / "users").write_text("ann:{PLAIN}blue-horse-7\n")
    mail = container.root / "srv" / "mail" / "ann"
    mail.mkdir()
    (mail / "1").write_bytes(b"Subject: one\r\n\r\nhello\r\n")
    return made


@pytest.mark.soak
def test_the_container_serves_mail_under_tls(container: Container, authority: trustme.CA) -> None:
    environ = container.environ | {"POP3LAB_PORT": "0", "POP3LAB_TLS_PORT": "0"}
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with subprocess.Popen(
        container.command, env=environ, stdout=subprocess.PIPE, text=True, cwd=os.sep
    ) as server:
        try:
            assert server.stdout
            ports = json.loads(server.stdout.readline())
            client = poplib.POP3_SSL("localhost", ports["pop3s"], context=trusting, timeout=30)
            client.user("ann")
            client.pass_("blue-horse-7")
            assert client.retr(1)[1] == [b"Subject: one", b"", b"hello"]
            client.quit()
            clear = poplib.POP3("localhost", ports["pop3"], timeout=30)
            with pytest.raises(poplib.error_proto, match="no passwords in clear"):
                clear.user("ann")
            clear.quit()
        finally:
            server.terminate()
    assert server.returncode == 0
