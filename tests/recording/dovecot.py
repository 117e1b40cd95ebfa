"""Dovecot as it comes with Debian, on ports of its own, with one user's Maildir."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

USER, PASSWORD = "bobby", "Xyzzy-42"
SECONDS = 20
_CONFIGURATION = """\
protocols = pop3
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
mail_location = maildir:{home}/mail
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = {uid}
first_valid_gid = {gid}
auth_mechanisms = plain login
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
pop3_uidl_format = %g
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot(NamedTuple):
    """Its ports, and the certificate of who made its own."""

    port: int
    tls_port: int
    ca: Path


def _owner() -> tuple[int, int]:
    """Whose the mail is: root's it may not be."""
    if os.geteuid():
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _deliver(messages: Sequence[bytes], home: Path) -> None:
    """Before it starts: it may overlook what comes later within a second."""
    for folder in ("mail", "mail/new", "mail/cur", "mail/tmp"):
        (home / folder).mkdir()
        os.chown(home / folder, *_owner())
    for number, octets in enumerate(messages, 1):
        path = home / "mail" / "new" / f"{1_700_000_000 + number}.M{number}P1.host"
        path.write_bytes(octets)
        os.chown(path, *_owner())


def _free_ports() -> list[int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as b:
        return [one.getsockname()[1], b.getsockname()[1]]


def _certificate(home: Path) -> Path:
    """Writes one, and says where that of its CA is."""
    import trustme

    ca = trustme.CA()
    own = ca.issue_cert("localhost", "127.0.0.1")
    own.private_key_pem.write_to_path(str(home / "key.pem"))
    for pem in own.cert_chain_pems:
        pem.write_to_path(str(home / "cert.pem"), append=True)
    ca.cert_pem.write_to_path(str(home / "ca.pem"))
    return home / "ca.pem"


def _configured(home: Path, ports: Sequence[int]) -> Path:
    uid, gid = _owner()
    own = pwd.getpwuid(os.geteuid()).pw_name
    internal, login = ("dovecot", "dovenull") if os.geteuid() == 0 else (own, own)
    text = _CONFIGURATION.format(
        home=home,
        uid=uid,
        gid=gid,
        internal=internal,
        group=internal,
        login=login,
        password=PASSWORD,
        port=ports[0],
        tls_port=ports[1],
    )
    path = home / "dovecot.conf"
    path.write_text(text)
    return path


@contextmanager
def dovecot(messages: Sequence[bytes]) -> Iterator[Dovecot]:
    """Serve these until the end; its home is where the user of the mail can reach it."""
    home = Path(tempfile.mkdtemp(prefix="dovecot"))
    try:
        home.chmod(0o755)
        _deliver(messages, home)
        ports = _free_ports()
        ca = _certificate(home)
        command = ["dovecot", "-F", "-c", str(_configured(home, ports))]
        with subprocess.Popen(command) as process:
            try:
                assert _greets(ports[0], process), (home / "log").read_text()
                yield Dovecot(ports[0], ports[1], ca)
            finally:
                process.terminate()
                process.wait(SECONDS)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _greets(port: int, process: "subprocess.Popen[bytes]") -> bool:
    """Wait until it does; it does not if it has ended, or takes too long."""
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), SECONDS) as client:
            return client.recv(100).startswith(b"+OK")
        time.sleep(0.02)
    return False
