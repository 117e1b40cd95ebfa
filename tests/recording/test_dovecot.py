"""Sessions of real clients with a real server, recorded and played back to the same clients."""

import poplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from pop3lab.observe.transcript import parse
from tests.forked import Forked
from tests.interop.client import MDA, configuration, run

from .dovecot import PASSWORD, USER, Dovecot, dovecot

SECONDS = 20
SOAK = pytest.mark.soak  # what is much like the rest
MESSAGES = [
    b"From: Ann <ann@example.org>\nSubject: one\nMessage-ID: <1@example.org>\n\n.dot\n\n..\nend\n",
    b"From: ann@example.org\nSubject: two\nMessage-ID: <2@example.org>\n\n" + b"line\n" * 5000,
    b"Subject: \xc3\xa9\nMessage-ID: <3@example.org>\n\nwithout end of line",
]


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot(MESSAGES) as serving:
        yield serving


@contextmanager
def running(*words: str) -> Iterator[int]:
    """A command that prints its port first, and ends well when it is told to."""
    with Forked(words, stderr=PIPE) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
            process.terminate()
            out, errors = process.communicate(timeout=SECONDS)
            assert (process.returncode, out, errors) == (0, b"", b"")
        finally:
            process.kill()


# Clients: each gets all messages in a home of its own. way: plain, stls or tls.

Client = Callable[[int, str, Path, Path], list[bytes]]


def by_poplib(port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    context = ssl.create_default_context(cafile=str(ca)) if way != "plain" else None
    box: poplib.POP3
    if way == "tls":
        box = poplib.POP3_SSL("localhost", port, timeout=SECONDS, context=context)
    else:
        box = poplib.POP3("localhost", port, SECONDS)
    if way == "stls":
        box.capa()
        box.stls(context)
    box.user(USER)
    box.pass_(PASSWORD)
    count, _ = box.stat()
    told = [b"\n".join(box.list()[1]), b"\n".join(box.uidl()[1])]
    told += [b"\n".join(box.retr(number)[1]) for number in range(1, count + 1)]
    box.dele(1)
    box.quit()
    return told


def by_curl(port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    scheme = "pop3s" if way == "tls" else "pop3"
    tls = ["--cacert", str(ca), *(["--ssl-reqd"] if way == "stls" else [])]
    options = tls if way != "plain" else []
    known = ["curl", "-sS", "--user", f"{USER}:{PASSWORD}", *options, "--output", "out/#1"]
    run([*known, f"{scheme}://localhost:{port}/[1-{len(MESSAGES)}]"], home)
    return stored(home)


def by_getmail(port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    kind = "SimplePOP3SSLRetriever" if way == "tls" else "SimplePOP3Retriever"
    trust = f"ca_certs = {ca}\n" if way == "tls" else ""
    configuration(
        home / "getmailrc",
        f"[retriever]\ntype = {kind}\nserver = localhost\nport = {port}\n"
        f"username = {USER}\npassword = {PASSWORD}\n{trust}"
        f"[destination]\ntype = MDA_external\npath = /bin/sh\n"
        f'arguments = ("{MDA}", "{home}/out")\nallow_root_commands = true\n'
        "[options]\nreceived = false\ndelivered_to = false\ndelete = true\n",
    )
    run(["getmail", "--getmaildir", str(home)], home)
    return stored(home)


def by_fetchmail(port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    tls = f'sslproto "TLS1.2+" sslcertck sslcertfile "{ca}"' if way != "plain" else 'sslproto ""'
    text = (
        f'set invisible\nset no bouncemail\nset pidfile "{home}/pid"\n'
        f"poll localhost port {port} protocol POP3 uidl\n  user {USER} password {PASSWORD}\n"
        f"  fetchall no keep no rewrite no mimedecode\n"
        f"  {'ssl' if way == 'tls' else ''} {tls}\n  mda \"sh '{MDA}' out\"\n"
    )
    run(["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))], home)
    return stored(home)


def by_mpop(port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    starttls = "on" if way == "stls" else "off"
    tls = f"tls on\ntls_starttls {starttls}\ntls_trust_file {ca}" if way != "plain" else "tls off"
    text = (
        f"account default\nhost localhost\nport {port}\nuser {USER}\npassword {PASSWORD}\n"
        f"auth plain\n{tls}\nreceived_header off\nuidls_file {home}/uidls\n"
        f"delivery mda \"sh '{MDA}' out\"\n"
    )
    run(["mpop", "--quiet", "--file", str(configuration(home / "rc", text))], home)
    return stored(home)


def stored(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((home / "out").iterdir())]


CLIENTS: dict[str, Client] = {
    "poplib": by_poplib,
    "curl": by_curl,
    "getmail6": by_getmail,
    "fetchmail": by_fetchmail,
    "mpop": by_mpop,
}


def fetch(client: str, port: int, way: str, ca: Path, home: Path) -> list[bytes]:
    (home / "out").mkdir(parents=True)
    return CLIENTS[client](port, way, ca, home)


def recording(server: Dovecot, way: str, *, client_knows_stls: bool) -> Sequence[str]:
    """How the relay speaks to the server, and the client to it."""
    if way == "tls":
        return (f"localhost:{server.tls_port}", "--server", "tls", "--tls")
    if way == "stls" and not client_knows_stls:
        return (f"localhost:{server.port}", "--server", "stls")
    return (f"localhost:{server.port}",)


def said_by_server(path: Path) -> bytes:
    return b"".join(line.octets for line in parse(path.read_text()) if line.who == "server")


@pytest.mark.parametrize("way", ["stls", *(pytest.param(w, marks=SOAK) for w in ("plain", "tls"))])
@pytest.mark.parametrize("client", CLIENTS)
def test_the_same_octets_and_deliveries(
    client: str, way: str, server: Dovecot, tmp_path: Path
) -> None:
    """getmail6 has no STLS; with it the relay begins it."""
    stls = client != "getmail6"
    front = way if stls or way != "stls" else "plain"
    out, played = tmp_path / "session.txt", tmp_path / "played.txt"
    ours = str(tmp_path / "ours.pem")
    words = (*recording(server, way, client_knows_stls=stls), "--ca", str(server.ca))
    with running("record", *words, "--out", str(out), "--ca-out", ours) as port:
        delivered = fetch(client, port, front, Path(ours), tmp_path / "first")
    assert any(b"line\nline\n" in text.replace(b"\r", b"") for text in delivered)
    assert len([text for text in delivered if b"Message-ID" in text]) == len(MESSAGES)
    text = out.read_text()
    assert PASSWORD not in text
    assert ("(start TLS)" in text) == (front != "plain")
    theirs = str(tmp_path / "theirs.pem")
    tls = ("--ca-out", theirs) if front != "plain" else ()
    whole = ("--transcript", str(played), "--transcript-bodies")
    with running("replay", str(out), "--strict", *tls, *whole) as port:
        again = fetch(client, port, front, Path(theirs), tmp_path / "second")
    assert again == delivered
    assert said_by_server(played) == said_by_server(out)
