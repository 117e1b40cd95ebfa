from pathlib import Path

import pytest

from .clients import curl, fetchmail, getmail, mpop
from .libraries import net_pop, net_pop3, pop3_client, poplib
from .seeing import ALL, ONE, THREE, TWO, Client, see


@pytest.mark.parametrize(
    ("quirk", "code"),
    [("greeting-err", 3), ('greeting-err code="IN-USE"', 9)],
    ids=["busy", "in-use"],
)
def test_greeting_err(quirk: str, code: int, tmp_path: Path) -> None:
    # fetchmail "took it for a wrong password": confirmed, it ends with 3, unless it is told IN-USE.
    seen = see(fetchmail, tmp_path, quirk)
    assert seen.ran.code == code
    assert seen.session.commands == []


@pytest.mark.parametrize(
    ("client", "code"),
    [(curl("1"), 28), (fetchmail, 4), (mpop, 76), (getmail, 127), (poplib, 1), (net_pop, 1)],
    ids=["curl", "fetchmail", "mpop", "getmail", "poplib", "net/pop"],
)
def test_greeting_wrong_protocol(client: Client, code: int, tmp_path: Path) -> None:
    # "Sends the password all the same": not confirmed; but curl goes on waiting for a greeting.
    seen = see(client, tmp_path, "greeting-wrong-protocol", limit=1)
    assert seen.ran.code == code
    assert not seen.logins


def test_greeting_glued_is_a_shift_by_one(tmp_path: Path) -> None:
    # "Each reply is taken for that of the command before": confirmed for Net::POP3, which stores
    # a status line as if it were the message's, and deletes the message.
    seen = see(net_pop3, tmp_path, "greeting-glued")
    assert seen.ran.code == 0
    assert seen.ran.stored == [b"+OK 55 octets\n" + ONE, TWO, THREE]
    assert seen.left == []


@pytest.mark.parametrize("client", [fetchmail, mpop], ids=["fetchmail", "mpop"])
def test_greeting_glued_is_thrown_away(client: Client, tmp_path: Path) -> None:
    # The same: not confirmed.
    seen = see(client, tmp_path, "greeting-glued")
    assert seen.ran.code == 0
    assert seen.ran.stored == ALL


def test_greeting_apop_fake(tmp_path: Path) -> None:
    # "Clients that insist on APOP never log in": confirmed for Mail::POP3Client, whose NOOP after
    # APOP is refused, and for curl where there is no SASL.
    seen = see(pop3_client, tmp_path, "greeting-apop-fake")
    assert seen.session.commands == ["APOP", "NOOP"]
    assert "current state is 'DEAD'" in seen.ran.output
    seen = see(curl("1"), tmp_path, "greeting-apop-fake", auth=["PASS"])
    assert seen.ran.code == 67
    assert seen.session.commands == ["CAPA", "APOP"]


@pytest.mark.parametrize(
    "client",
    [fetchmail, mpop, getmail, poplib, net_pop3, pop3_client, net_pop],
    ids=["fetchmail", "mpop", "getmail", "poplib", "Net::POP3", "Mail::POP3Client", "net/pop"],
)
def test_bare_status(client: Client, tmp_path: Path) -> None:
    # go-pop3 could not parse it: all of these can.
    seen = see(client, tmp_path, "bare-status")
    assert "S: +OK\n" in str(seen.session.transcript)
    assert seen.ran.code == 0
    assert seen.ran.stored == ALL
    assert seen.left == []
