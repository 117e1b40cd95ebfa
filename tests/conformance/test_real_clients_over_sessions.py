"""Real clients, session after session: with their memory, without it, and before a bad message."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab import Pop3Server
from tests.interop.client import MDA, configuration
from tests.interop.test_fetchmail import FETCHMAILRC
from tests.interop.test_getmail import GETMAILRC
from tests.interop.test_mpop import MPOPRC
from tests.interop_wrong.running import run

pytestmark = pytest.mark.slow

LIMIT = 10  # seconds that a client gets

Client = Callable[[Pop3Server, Path], object]


def getmail(server: Pop3Server, home: Path) -> None:
    text = GETMAILRC.format(
        retriever="SimplePOP3Retriever", port=server.port, apop=False, mda=MDA, out=home / "out"
    ).replace("delete = true", "delete = false\nread_all = false")
    configuration(home / "getmailrc", text)
    run(server, home, ["getmail", "--getmaildir", str(home)], LIMIT)


def fetchmail(server: Pop3Server, home: Path) -> None:
    text = FETCHMAILRC.replace("set invisible", f'set idfile "{home}/oldmail"\n#')
    text = text.replace("fetchall no keep", "keep")
    text = text.format(home=home, port=server.port, protocol="POP3", uidl="uidl", mda=MDA)
    run(server, home, ["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))], LIMIT)


def mpop(server: Pop3Server, home: Path) -> None:
    text = MPOPRC.replace("auth {auth}\n", "auth on\n") + "keep on\n"
    text = text.format(port=server.port, uidls=home / "oldmail", delivery="exchange out")
    run(server, home, ["mpop", "--quiet", "--file", str(configuration(home / "rc", text))], LIMIT)


def curl(server: Pop3Server, home: Path) -> None:
    words = ["curl", "-sS", "--user", "user:password", "--output", "m#1", f"{server.url}/[1-4]"]
    run(server, home, words, LIMIT)


def visit(server: Pop3Server, client: Client, home: Path, times: int = 1) -> None:
    """Let the client run so often; each session is over."""
    for _ in range(times):
        client(server, home)
        server.wait_session()


def forget(home: Path) -> None:
    """What the client knows of earlier sessions."""
    for path in home.glob("oldmail*"):
        path.unlink()


def found(server: Pop3Server) -> list[str]:
    return [violated.id for session in server.sessions for violated in session.violations]


@pytest.mark.parametrize("client", [getmail, fetchmail, mpop, curl])
def test_who_keeps_mail_and_remembers_it_is_accused_of_nothing(
    client: Client, tmp_path: Path
) -> None:
    """Nor is curl, which fetches all again, but by number: it asks for no unique-ids."""
    with Pop3Server(messages=4) as server:
        for _ in range(4):
            visit(server, client, tmp_path)
            server.add("Subject: one more")
        assert found(server) == []
        server.verify()
    assert len(server.messages) == 8


@pytest.mark.parametrize("client", [getmail, fetchmail, mpop])
def test_who_has_forgotten_fetches_all_again(client: Client, tmp_path: Path) -> None:
    with Pop3Server(messages=4) as server:
        for _ in range(2):
            visit(server, client, tmp_path)
            forget(tmp_path)
        assert found(server) == ["fetched-again"] * 4


@pytest.mark.parametrize(
    ("client", "rule"),
    [
        (getmail, "RETR 2 -> reset"),
        (fetchmail, "TOP 2 -> cut-after 20 then reset"),
        (mpop, "RETR 2 -> cut-after 20 then reset"),
        (mpop, "retr-err-one 2"),
    ],
)
def test_who_does_not_get_past_a_bad_message(client: Client, rule: str, tmp_path: Path) -> None:
    with Pop3Server(messages=4, quirks=[rule]) as server:
        visit(server, client, tmp_path, 2)
        assert "stopped-at" not in found(server)
        visit(server, client, tmp_path)
        assert found(server).count("stopped-at") == 1


@pytest.mark.parametrize("client", [getmail, fetchmail])
def test_who_leaves_the_bad_message_out(client: Client, tmp_path: Path) -> None:
    with Pop3Server(messages=4, quirks=["retr-err-one 2"]) as server:
        visit(server, client, tmp_path, 4)
        assert found(server) == []


def test_curl_deletes_what_nobody_has_fetched(tmp_path: Path) -> None:
    def delete(server: Pop3Server, home: Path) -> None:
        words = ["curl", "-sS", "--user", "user:password", "--request", "DELE", "--list-only"]
        run(server, home, [*words, f"{server.url}/1"], LIMIT)

    with Pop3Server(messages=5) as server:
        visit(server, delete, tmp_path)
        assert found(server) == ["dele-of-unsent", "deleted-unfetched"]
        visit(server, curl, tmp_path)
        visit(server, delete, tmp_path)
        assert len(found(server)) == 2
    assert len(server.messages) == 3
