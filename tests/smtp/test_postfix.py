"""Postfix as a relay, in front of SMTP and of LMTP: an instance of its own for each test."""

import os
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import StoreFull
from pop3lab.stores.memory import MemoryStore
from tests.farm.node import free_port
from tests.serve.process import eventually
from tests.smtp.mail import mail

pytestmark = pytest.mark.soak

SECONDS = 60
MAIN = """
compatibility_level = 3.6
queue_directory = {place}/queue
data_directory = {place}/data
config_directory = {place}/etc
maillog_file = {place}/log
maillog_file_prefixes = {place}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
default_transport = {transport}
relay_transport = {transport}
minimal_backoff_time = 1s
queue_run_delay = 1s
disable_dns_lookups = yes
smtp_tls_security_level = none
"""
MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def relay(place: Path, transport: str) -> Iterator[tuple[int, Path]]:
    """A relay's port, and its log."""
    assert shutil.which("postfix"), "postfix is not installed"
    place.chmod(0o755)
    for part in ("queue", "data", "etc"):
        (place / part).mkdir()
    shutil.chown(place / "data", "postfix")
    port = free_port()
    (place / "etc" / "main.cf").write_text(MAIN.format(place=place, transport=transport))
    (place / "etc" / "master.cf").write_text(MASTER.format(port=port))
    postfix = ["postfix", "-c", str(place / "etc")]
    environ = {**os.environ, "MAIL_CONFIG": str(place / "etc")}
    started = subprocess.run([*postfix, "start"], capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    try:
        eventually(lambda: _listens(port), SECONDS)
        yield port, place / "log"
    finally:
        subprocess.run([*postfix, "stop"], capture_output=True, env=environ, check=False)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the user postfix can reach."""
    path = Path("/tmp") / f"pop3lab-postfix-{os.getpid()}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path)


class SometimesFull(MemoryStore):
    """Full for ben, once."""

    times = 0

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        if user == "ben" and not self.times:
            self.times += 1
            raise StoreFull("the maildrop is full")
        return super().deliver(user, message, envelope)


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_postfix_relays_defers_and_bounces_by_recipient(place: Path, protocol: str) -> None:
    text = b"Subject: x\r\n\r\n.\r\n..dots\r\nFrom here\r\n" + b"y" * 900 + b"\r\n"
    with mail(SometimesFull(), users=("ann", "ben", "zoe")) as served:
        smtp, lmtp = f"smtp:[127.0.0.1]:{served.port}", f"lmtp:inet:[127.0.0.1]:{served.lmtp}"
        with relay(place, lmtp if protocol == "lmtp" else smtp) as (relaying, log):
            with smtplib.SMTP("127.0.0.1", relaying) as client:
                to = ["ann@here.example", "ben@here.example", "nobody@here.example"]
                client.sendmail("zoe@here.example", to, text)
            everybody = ("ann", "ben", "zoe")  # zoe gets the bounce
            eventually(lambda: all(served.messages(user) for user in everybody), SECONDS)
            said = log.read_text()
        assert "status=deferred" in said
        assert "452 4.3.1" in said
        assert "status=bounced" in said
        assert "550 5.1.1" in said
        for user in ("ann", "ben"):
            messages = served.messages(user)
            assert messages[-1].endswith(text.partition(b"\r\n\r\n")[2])  # Postfix adds fields
            assert (b"Delivered-To: %s@here.example\r\n" % user.encode() in messages[-1]) is (
                protocol == "lmtp"
            )
        assert len(served.messages("ben")) == 1
        assert len(served.messages("ann")) == 1 or protocol == "smtp"
        assert b"nobody@here.example" in served.messages("zoe")[0]
        assert not served.errors
