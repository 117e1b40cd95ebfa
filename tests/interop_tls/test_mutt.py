"""mutt and neomutt without a person before them: they fetch by POP into an mbox, and quit."""

import mailbox
import re
from pathlib import Path

import pytest

from tests.interop.client import configuration, run
from tests.interop.folders import START, Folder

from .secure import SMALL, Secure, secure

MUTTRC = """\
set ssl_force_tls=yes ssl_starttls=yes ssl_ca_certificates_file="{ca}"
set pop_host="{scheme}://ann@localhost:{port}" pop_pass={password}
set pop_delete=yes pop_last=no pop_checkinterval=0
set spoolfile="{home}/inbox" folder="{home}" mbox_type=mbox
set quit=yes wait_key=no sleep_time=0
push "<fetch-mail><quit>"
"""
BOTH = pytest.mark.parametrize("program", ["mutt", "neomutt"])
SCHEMES = pytest.mark.parametrize("scheme", ["pop", "pops"])


def fetch(
    secured: Secure,
    home: Path,
    scheme: str,
    authenticators: str = "",
    password: str = "secret",
    program: str = "mutt",
) -> None:
    """authenticators: without any it chooses one of those that are offered by itself."""
    text = MUTTRC.format(
        ca=secured.ca,
        scheme=scheme,
        port=secured.server.tls_port if scheme == "pops" else secured.server.port,
        password=password,
        home=home,
    )
    if authenticators:
        text += f"set pop_authenticators={authenticators}\n"
    (home / "inbox").touch()
    rc = configuration(home / "rc", text)
    command = f"TERM=xterm exec {program} -n -F {rc} -f {home / 'inbox'}"
    run(["script", "--quiet", "--return", "--command", command, "/dev/null"], home)


def fetched(home: Path) -> list[bytes]:
    """What is in the mbox, without what mutt adds to each header."""
    box = mailbox.mbox(home / "inbox", create=False)
    try:
        texts = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 - this is no dict
    finally:
        box.close()
    return [without_added(text) for text in texts]


def without_added(text: bytes) -> bytes:
    header, _, body = text.partition(b"\n\n")
    added = (b"Status:", b"Content-Length:", b"Lines:")
    kept = [line for line in header.split(b"\n") if not line.startswith(added)]
    return b"\n".join([*kept, b"", body])


MAIL: Folder = {
    "a": START + b".\r\n..\r\n.a\r\nthe end\r\n",
    "b": START + bytes(range(128, 256)) + b"\r\n",
    "c": START + b"a line\r\n" * 20_000,
}


@BOTH
@SCHEMES
def test_every_message_arrives_and_goes(program: str, scheme: str, tmp_path: Path) -> None:
    with secure(MAIL, tmp_path) as secured:
        fetch(secured, tmp_path, scheme, program=program)
        left, said = secured.left(), secured.said()

    assert fetched(tmp_path) == [text.replace(b"\r\n", b"\n") for text in MAIL.values()]
    assert left == []
    assert ("C: STLS" in said) == (scheme == "pop")
    assert "TLSv1.3" in said
    assert re.search("C: AUTH SCRAM-SHA-256( |\n)", said)


@pytest.mark.parametrize("way", ["plain", "login", "cram-md5", "scram-sha-1", "apop", "user"])
def test_each_way_to_log_in(way: str, tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        fetch(secured, tmp_path, "pops", way)
        said = secured.said()

    assert len(fetched(tmp_path)) == len(SMALL)
    verb = way.upper() if way in ("user", "apop") else f"AUTH {way.upper()}"
    assert f"C: {verb}" in said


def test_a_wrong_password(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        fetch(secured, tmp_path, "pops", "plain", "wrong")
        left, said = secured.left(), secured.said()

    assert left == list(SMALL)
    assert "-ERR [AUTH]" in said
