"""Whoever knows the address, the login and the CA gets every message, byte for byte.

A message whose header has UTF-8 is among them. What a client can't do is said where it is listed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.interop.compare import without
from tests.interop.folders import Folder

from . import libraries, programs
from .mail import MAIL, undotted, with_lf
from .reached import PLAIN, STLS, TLS, Fetch, reached

_ALL = (PLAIN, STLS, TLS)
_NO_STLS = (PLAIN, TLS)


class _Client(NamedTuple):
    """made: from what the client gives to what has been sent. deletes: it is told to."""

    name: str
    fetch: Fetch
    hows: tuple[str, ...] = _ALL
    made: Callable[[bytes], bytes] = with_lf
    deletes: bool = True
    mail: Folder = MAIL


def _dots_doubled(text: bytes) -> bytes:
    return undotted(with_lf(text))


_ALWAYS = (
    _Client("curl", programs.curl, deletes=False),
    _Client("fdm", programs.fdm),
    _Client("fetchmail", programs.fetchmail),
    _Client("mpop", programs.mpop),
    _Client("mutt", programs.mutt),
    _Client("neomutt", programs.neomutt),
    _Client("poplib", libraries.poplib),
    _Client("Mail::POP3Client", libraries.pop3_client, _NO_STLS),  # it has no STLS
    _Client("Net::POP3 of Ruby", libraries.net_pop, _NO_STLS),  # it has no STLS
)
_LONG = (
    _Client("alpine", programs.alpine),
    _Client("s-nail", programs.s_nail),
    # It loses octets of a long message, from Dovecot 2.3 just as many.
    _Client("mailutils", programs.mailutils, mail=without(MAIL, {"4-long": ""})),
    _Client("nmh", programs.nmh, _NO_STLS),  # it has no STLS
    _Client("JavaMail", libraries.javamail),
    # c-client begins TLS behind STLS with version 1.0, and tcllib with SSL 3.
    _Client("php-imap", libraries.php_imap, _NO_STLS),
    _Client("tcllib", libraries.tcllib, _NO_STLS),
    # Neither has STLS, and both leave the dots doubled.
    _Client("node-pop3", libraries.node_pop3, _NO_STLS, _dots_doubled),
    _Client("yapople", libraries.yapople, _NO_STLS, _dots_doubled),
)


def _each(*clients: _Client) -> list[object]:
    return [
        pytest.param(client, how, id=f"{client.name}-{how}")
        for client in clients
        for how in client.hows
    ]


@pytest.mark.parametrize(("client", "how"), _each(*_ALWAYS))
def test_every_message_arrives(client: _Client, how: str, tmp_path: Path) -> None:
    arrives(client, how, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(("client", "how"), _each(*_LONG))
def test_and_with_these_clients(client: _Client, how: str, tmp_path: Path) -> None:
    arrives(client, how, tmp_path)


def arrives(client: _Client, how: str, home: Path) -> None:
    with reached(client.mail, home / "home", how) as (at, server):
        fetched = client.fetch(at)
        assert server.stop() == 0
    said = (at.home / "transcript").read_text()

    assert [client.made(text) for text in fetched] == [
        with_lf(text) for text in client.mail.values()
    ]
    left = [path.name for path in (at.home / "drop").iterdir()]
    assert left == [] if client.deletes else sorted(left) == list(client.mail)
    assert ("C: STLS" in said) == (how == STLS)
