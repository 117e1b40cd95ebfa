"""Programs of Debian, told no more than they must be."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pexpect

from tests.interop.client import MDA, configuration

from .mail import in_folder, in_mbox, without_added
from .reached import PLAIN, STLS, TLS, Fetch, Reached

SECONDS = 40
_MH = "/usr/bin/mh"


def run(at: Reached, command: Sequence[str], stdin: str = "", home: Path | None = None) -> None:
    """In a home of its own; what OpenSSL trusts by default is the server's CA."""
    result = subprocess.run(
        command,
        env=environment(at),
        cwd=at.home,
        input=stdin.encode(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, (result.stdout + result.stderr).decode(errors="replace")


def environment(at: Reached) -> dict[str, str]:
    path = f"{os.environ['PATH']}:{_MH}"
    return {
        "HOME": str(at.home),
        "PATH": path,
        "LC_ALL": "C.UTF-8",
        "SSL_CERT_FILE": str(at.ca),
    }


# mutt and neomutt

_MUTTRC = """\
set {tls}
set pop_host="{scheme}://ann@localhost:{at.port}" pop_pass=secret
set pop_delete=yes pop_last=no pop_checkinterval=0
set spoolfile="{at.home}/inbox" folder="{at.home}" mbox_type=mbox
set quit=yes wait_key=no sleep_time=0
push "<fetch-mail><quit>"
"""


def _mutt(program: str) -> Fetch:
    def fetch(at: Reached) -> list[bytes]:
        text = _MUTTRC.format(
            at=at,
            tls="ssl_force_tls=no" if at.how == PLAIN else f'ssl_ca_certificates_file="{at.ca}"',
            scheme="pops" if at.how == TLS else "pop",
        )
        inbox = at.home / "inbox"
        inbox.touch()
        rc = configuration(at.home / "rc", text)
        command = f"TERM=xterm exec {program} -n -F {rc} -f {inbox}"
        run(at, ["script", "--quiet", "--return", "--command", command, "/dev/null"])
        return [without_added(text) for text in in_mbox(inbox)]

    return fetch


mutt = _mutt("mutt")
neomutt = _mutt("neomutt")

# fdm

_FDM = """\
set lock-file "{at.home}/lock"
set lock-types fcntl
action "keep" maildir "{at.home}/kept"
account "ann" {pop3} server "localhost" port {at.port} user "ann" pass "secret" {stls}
match all action "keep"
"""


def fdm(at: Reached) -> list[bytes]:
    """Into a Maildir, whose names end in the process of the delivery and a count."""
    pop3, stls = ("pop3s" if at.how == TLS else "pop3"), ("starttls" if at.how == STLS else "")
    rc = configuration(at.home / "rc", _FDM.format(at=at, pop3=pop3, stls=stls))
    run(at, ["fdm", "-q", "-f", str(rc), "fetch"])
    files = sorted((at.home / "kept" / "new").iterdir(), key=lambda file: file.name)
    return [without_added(file.read_bytes()) for file in files]


# s-nail


def s_nail(at: Reached) -> list[bytes]:
    scheme = "pop3s" if at.how == TLS else "pop3"
    options = ["-n", "-#", "-Sv15-compat", "-S", f"tls-ca-file={at.ca}"]
    options += ["-S", "pop3-use-starttls"] if at.how == STLS else []
    box = f"{scheme}://ann:secret@localhost:{at.port}"
    run(at, ["s-nail", *options, "-f", box], "copy * kept\ndelete *\nquit\n")
    return [without_added(text) for text in in_mbox(at.home / "kept")]


# GNU Mailutils


def mailutils(at: Reached) -> list[bytes]:
    scheme = "pops" if at.how == TLS else "pop"
    box = f"{scheme}://ann:secret@localhost:{at.port}"
    run(at, ["movemail", box, str(at.home / "kept")])
    return [without_added(text) for text in in_mbox(at.home / "kept")]


# nmh


def nmh(at: Reached) -> list[bytes]:
    configuration(at.home / ".mh_profile", "Path: Mail\n")
    configuration(at.home / ".netrc", "machine localhost login ann password secret\n")
    (at.home / "Mail").mkdir()
    tls = ["-initialtls", "-certverify"] if at.how == TLS else []
    run(at, ["inc", "-host", "localhost", "-port", str(at.port), "-user", "ann", *tls])
    inbox = at.home / "Mail" / "inbox"
    return [(inbox / name).read_bytes() for name in map(str, range(1, len(_numbers(inbox)) + 1))]


def _numbers(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.isdecimal()]


# fetchmail, getmail and mpop

_FETCHMAILRC = """\
set invisible
poll localhost service {at.port} protocol POP3
  user ann password secret fetchall {tls} no rewrite no mimedecode
  mda "sh '{mda}' out"
"""


def fetchmail(at: Reached) -> list[bytes]:
    certificate = f'sslcertck sslcertfile "{at.ca}"'
    tls = {
        PLAIN: 'sslproto ""',
        STLS: f'sslproto "TLS1.2+" {certificate}',
        TLS: f"ssl {certificate}",
    }
    (at.home / "out").mkdir()
    text = _FETCHMAILRC.format(at=at, tls=tls[at.how], mda=MDA)
    run(at, ["fetchmail", "--fetchmailrc", str(configuration(at.home / "rc", text))])
    return [without_added(text.replace(b"\r\n", b"\n")) for text in in_folder(at.home / "out")]


_MPOPRC = """\
account default
host localhost
port {at.port}
user ann
password secret
tls {tls}
tls_starttls {stls}
tls_trust_file {at.ca}
delivery mda sh '{mda}' out
"""


def mpop(at: Reached) -> list[bytes]:
    (at.home / "out").mkdir()
    tls, stls = ("off" if at.how == PLAIN else "on"), ("on" if at.how == STLS else "off")
    text = _MPOPRC.format(at=at, tls=tls, stls=stls, mda=MDA)
    if at.how == PLAIN:
        text = text.replace("tls_trust_file", "# ")
    run(at, ["mpop", "--quiet", "--file", str(configuration(at.home / "rc", text))])
    return [without_added(text.replace(b"\r\n", b"\n")) for text in in_folder(at.home / "out")]


# curl


def curl(at: Reached) -> list[bytes]:
    scheme = "pop3s" if at.how == TLS else "pop3"
    stls = ["--ssl-reqd"] if at.how == STLS else []
    trusted = [] if at.how == PLAIN else ["--cacert", str(at.ca)]
    (at.home / "out").mkdir()
    url = f"{scheme}://localhost:{at.port}/[1-5]"
    words = ["--user", "ann:secret", "--output", "out/#1", *stls, *trusted, url]
    run(at, ["curl", "-sS", *words])
    return in_folder(at.home / "out")


# Alpine

_PINERC = """\
personal-name=Ann
inbox-path={{localhost:{at.port}/pop3/user=ann/{how}}}INBOX
folder-collections=Mail {at.home}/mail/[]
feature-list=enable-aggregate-command-set,quit-without-confirm
use-only-domain-name=no
user-domain=example.org
"""


def alpine(at: Reached) -> list[bytes]:
    """By its keys: select all, save them in a folder, quit; and yes, delete them."""
    how = {PLAIN: "notls", STLS: "tls", TLS: "ssl"}[at.how]
    (at.home / "mail").mkdir()
    rc = configuration(at.home / "pinerc", _PINERC.format(at=at, how=how))
    screen = pexpect.spawn(
        "alpine",
        ["-p", str(rc), "-i"],
        env={**environment(at), "TERM": "xterm"},
        dimensions=(40, 120),
        timeout=SECONDS,
        encoding="utf-8",
        codec_errors="replace",
    )
    for seen, keys in (
        ("Exit this greeting", "e"),
        ("PASSWORD", "secret\r"),
        ("Preserve password", "n"),
        ("Subject|dots", ";"),
        ("SELECT", "a"),
        ("5 messages|All 5", "a"),
        ("APPLY", "s"),
        ("SAVE", "kept\r"),
        (r"doesn't exist", "y"),
        ("messages saved|Saving.*DONE", "q"),
        ("Expunge", "y"),
    ):
        screen.expect(seen)
        screen.send(keys)
    screen.expect(pexpect.EOF)
    screen.close()
    _, *texts = in_mbox(at.home / "mail" / "kept")  # the first is Alpine's own
    return [without_added(text) for text in texts]
