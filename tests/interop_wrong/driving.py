"""The clients as users run them, to fetch all messages and delete them, whatever comes of it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pop3lab import Pop3Server
from tests.interop.client import MDA, configuration

SECONDS = 20  # that a client may take: it has time limits of its own, of a second each

IN_CLEAR = 'sslproto ""'  # fetchmail's: not even if the server could


class Ran(NamedTuple):
    """What a client did, as its user sees it.

    code: its exit status. output: what it said, on stdout and stderr. stored: texts of the
    messages that it delivered, lines ended by LF, in the order in which they came.
    """

    code: int
    output: str
    stored: list[bytes]


def run(command: Sequence[str], home: Path) -> Ran:
    """In a home of its own; what it has stored is in the folder out."""
    (home / "out").mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    result = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, timeout=SECONDS, check=False
    )
    output = (result.stdout + result.stderr).decode(errors="backslashreplace")
    return Ran(result.returncode, output, stored(home / "out"))


def stored(folder: Path) -> list[bytes]:
    """The texts in the folder, in the order of their files' names."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [path.read_bytes().replace(b"\r\n", b"\n") for path in files]


def curl(server: Pop3Server, home: Path, *options: str, path: str = "[1-3]") -> Ran:
    """It fetches what it is told to, and deletes nothing."""
    known = ("curl", "-sS", "--max-time", "2", "--user", f"{server.user}:{server.password}")
    out = ("--cacert", server.ca_file, "--output", "out/#1")
    return run([*known, *out, *options, f"{server.url}/{path}"], home)


FETCHMAILRC = """\
set invisible  # no Received line
set no bouncemail
set pidfile "{home}/pid"
set idfile "{home}/ids"
poll 127.0.0.1 port {port} protocol {protocol} uidl timeout 1 bad-header accept
  user {user} password {password}
  {keep} no rewrite no mimedecode no dropstatus no dropdelivered stripcr no forcecr
  {tls} sslcertfile "{ca}"
  mda "sh '{mda}' out"
"""


def fetchmail(
    server: Pop3Server,
    home: Path,
    *,
    protocol: str = "POP3",
    tls: str = IN_CLEAR,
    keep: str = "fetchall no keep",
) -> Ran:
    text = FETCHMAILRC.format(
        home=home,
        port=server.port,
        user=server.user,
        password=server.password,
        protocol=protocol,
        keep=keep,
        tls=tls,
        ca=server.ca_file,
        mda=MDA,
    )
    return run(["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))], home)


MPOPRC = """\
account default
host 127.0.0.1
port {port}
user {user}
password {password}
auth {auth}
timeout 1
{tls}
tls_trust_file {ca}
keep {keep}
received_header off
uidls_file {home}/uidls
delivery mda sh '{mda}' out
"""


def mpop(
    server: Pop3Server, home: Path, *, auth: str = "user", tls: str = "tls off", keep: str = "off"
) -> Ran:
    text = MPOPRC.format(
        home=home,
        port=server.port,
        user=server.user,
        password=server.password,
        auth=auth,
        tls=tls,
        ca=server.ca_file,
        keep=keep,
        mda=MDA,
    )
    return run(["mpop", "--quiet", "--file", str(configuration(home / "rc", text))], home)


GETMAILRC = """\
[retriever]
type = Simple{kind}Retriever
server = 127.0.0.1
port = {port}
username = {user}
password = {password}
timeout = 1
use_apop = {apop}
{tls}

[destination]
type = MDA_external
path = /bin/sh
arguments = ("{mda}", "{home}/out")
allow_root_commands = true

[options]
received = false
delivered_to = false
delete = {delete}
read_all = {delete}
"""


def getmail(
    server: Pop3Server, home: Path, *, apop: bool = False, delete: bool = True
) -> Ran:
    secure = server.url.startswith("pop3s:")
    text = GETMAILRC.format(
        kind="POP3SSL" if secure else "POP3",
        home=home,
        port=server.port,
        user=server.user,
        password=server.password,
        apop=apop,
        tls=f"ca_certs = {server.ca_file}" if secure else "",
        delete=delete,
        mda=MDA,
    )
    configuration(home / "getmailrc", text)
    return run(["getmail", "--getmaildir", str(home)], home)


def _script(command: Sequence[str], name: str, server: Pop3Server, home: Path) -> Ran:
    path = Path(__file__).with_name(name)
    return run([*command, str(path), str(server.port), server.user, server.password], home)


def net_pop3(server: Pop3Server, home: Path) -> Ran:
    """Perl's Net::POP3."""
    return _script(["perl"], "fetch_net_pop3.pl", server, home)


def pop3_client(server: Pop3Server, home: Path) -> Ran:
    """Perl's Mail::POP3Client."""
    return _script(["perl"], "fetch_pop3_client.pl", server, home)


def net_pop(server: Pop3Server, home: Path) -> Ran:
    """Ruby's net/pop."""
    return _script(["ruby"], "fetch_net_pop.rb", server, home)


def poplib(server: Pop3Server, home: Path) -> Ran:
    """Python's."""
    return _script([sys.executable], "fetch_poplib.py", server, home)
