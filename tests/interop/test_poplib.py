import poplib
from contextlib import closing
from pathlib import Path

import pytest

from tests.served import served

from . import accounts
from .compare import assert_arrived, without
from .folders import Folder, write


def login(port: int, keywords: tuple[str, ...] = ()) -> poplib.POP3:
    client = poplib.POP3("127.0.0.1", port, timeout=20)
    if "apoponly" in keywords:
        client.apop("user", "password")
    else:
        client.user("user")
        client.pass_("password")
    return client


def test_every_message_arrives(folder: Folder, keywords: tuple[str, ...], tmp_path: Path) -> None:
    folder = without(folder, accounts.POPLIB_CANNOT)
    with (
        served(write(folder, tmp_path / "drop"), *keywords) as server,
        closing(login(server.port, keywords)) as client,
    ):
        replies = [client.retr(number) for number in range(1, len(folder) + 1)]
        client.quit()

    delivered = [b"\n".join(lines) for _, lines, _ in replies]
    assert_arrived(delivered, folder, keywords, accounts.poplib_lines)
    # poplib drops line ends but counts them, so the count tells CRLF from LF.
    counted = [octets for _, _, octets in replies]
    assert counted == [len(accounts.sent(octets, keywords)) for octets in folder.values()]


def test_refuses_a_line_of_5000_octets(tmp_path: Path) -> None:
    """The exclusion above is poplib's own limit, and the server sends the line all the same."""
    drop = write({"long": b"x" * 5000}, tmp_path / "drop")
    with (
        served(drop) as server,
        closing(login(server.port)) as client,
        pytest.raises(poplib.error_proto, match="line too long"),
    ):
        client.retr(1)


def test_the_other_commands(tmp_path: Path) -> None:
    drop = write({"a": b"A: 1\r\n\r\none\r\ntwo\r\n", "b": b"B: 2\r\n\r\n"}, tmp_path / "drop")
    with served(drop) as server, closing(login(server.port)) as client:
        assert client.stat() == (2, 26)
        assert client.list()[1] == [b"1 18", b"2 8"]
        assert client.top(1, 1)[1] == [b"A: 1", b"", b"one", b""]
        uids = [line.split()[1] for line in client.uidl()[1]]
        assert client.uidl(2) == b"+OK 2 " + uids[1]
        client.dele(1)
        assert client.stat() == (1, 8)
        client.rset()
        client.noop()
        client.dele(2)
        client.quit()
        assert [path.name for path in drop.iterdir()] == ["a"]
