"""How `pop3lab DIR` reads lines, and when it reads its list: as the original does."""

import os
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pop3lab.behaviours.mail_box_lines import WhiteSpace
from pop3lab.core.request import parse_line
from pop3lab.observe.counters import Counters, Statistics
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, session
from tests.immediate import immediate_queue
from tests.served import Client, Served, served
from tests.wording import UNKNOWN, as_sent

ONE, TWO = b"Subject: one\r\n\r\nhello\r\n", b"Subject: two\r\n\r\nworld\r\n"
BLANKS = [" ", "  ", "\t", " \t ", "\v", "\f", "\r"]


@pytest.fixture
def box() -> Iterator[Path]:
    """With a path that is short enough to be in unique-ids as it is."""
    with TemporaryDirectory() as folder:
        yield _filled(Path(folder) / "t")


def _filled(folder: Path) -> Path:
    folder.mkdir()
    (folder / "0001").write_bytes(ONE)
    (folder / "0002").write_bytes(TWO)
    return folder


@pytest.fixture
def server(box: Path) -> Iterator[Served]:
    with served(box) as running:
        yield running


@pytest.fixture(scope="module")
def lasting() -> Iterator[Served]:
    with TemporaryDirectory() as folder, served(_filled(Path(folder) / "t")) as running:
        yield running


@pytest.fixture
def asked(lasting: Served) -> Iterator[Served]:
    """One server for all tests that only ask lines of it, and delete nothing."""
    yield lasting
    lasting.forget()


def said(client: Client, line: str) -> bytes:
    """The whole answer, whatever lines it has."""
    client.send(line.encode("latin-1") + b"\r\n")
    client.send(b"XYZZY\r\n")
    told = b""
    while not told.endswith(as_sent(UNKNOWN)):
        told += client.line().encode() + b"\r\n"
    return told


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_white_space_separates_words_and_surplus_words_are_passed_over(
    asked: Served, blank: str
) -> None:
    client = asked.logged_in()
    for book in ("STAT", "NOOP", "LIST", "UIDL", "LIST 2", "UIDL 1", "RETR 1", "TOP 2 0", "TOP 1"):
        loose = book.replace(" ", blank)
        wanted = said(client, book)
        assert wanted.startswith(b"+OK")
        assert said(client, loose + blank) == wanted
        assert said(client, loose) == wanted
        if book in ("STAT", "NOOP", "LIST 2", "UIDL 1", "RETR 1", "TOP 2 0"):
            assert said(client, f"{loose}{blank}7{blank}words") == wanted
        assert client.ask(blank + book).startswith("-ERR")
    for line in ("DELE 1", "RSET 1", "DELE 2"):
        assert said(client, line.replace(" ", blank) + blank + "x").startswith(b"+OK")
    assert said(client, "STAT").startswith(b"+OK 1 ")


def test_verbs_are_counted_whatever_stands_behind_them(server: Served) -> None:
    client = server.logged_in()
    for line in ("NOOP\t", "noop  x", "LIST\t1", "XYZZ\t1", "\tNOOP"):
        client.ask(line)
    client.ask("QUIT  now")
    assert server.stop() == "1\nLIST 1\nNOOP 2\nPASS 1\nQUIT 1\nUSER 1\nXYZZ 1\n"


@pytest.mark.parametrize(
    ("user", "password", "answer"),
    [
        ("USER user", "PASS password", "+OK"),
        ("USER  user", "PASS  password", "+OK"),
        ("user\tuser", "pass \t password", "+OK"),
        ("USER user ", "PASS password", "-ERR"),
        ("USER user\t", "PASS password", "-ERR"),
        ("USER user x", "PASS password", "-ERR"),
        ("USER user", "PASS password ", "-ERR"),
        ("USER user", "PASS password\t", "-ERR"),
        ("USER user", "PASS password\r", "-ERR"),
        ("USER user", "PASS password x", "-ERR"),
        ("USER user", "PASS", "-ERR"),
        ("USER", "PASS password", "-ERR"),
        ("USER ", "PASS password", "-ERR"),
    ],
)
def test_what_stands_behind_a_name_or_password_belongs_to_it(
    asked: Served, user: str, password: str, answer: str
) -> None:
    client = asked.client()
    assert client.ask(user).startswith("+OK")
    assert client.ask(password).split()[0] == answer
    if answer == "-ERR":
        assert client.ask("USER user").startswith("+OK")
        assert client.ask("PASS password").startswith("+OK")


def test_a_bare_user_is_no_name(asked: Served) -> None:
    client = asked.client()
    for line in ("USER ", "USER", "USER user"):
        assert client.ask(line).startswith("+OK")
    assert client.ask("PASS password").startswith("+OK")


@pytest.mark.parametrize("line", ["BREAK", "break\tx", "QUIT ", "quit now"])
def test_ends_with_words_behind_them(asked: Served, line: str) -> None:
    client = asked.client()
    client.send(line.encode() + b"\r\n")
    if line.upper().startswith("QUIT"):
        assert client.line().startswith("+OK")
    assert client.closed()


def test_exit_with_a_word_behind_it(server: Served) -> None:
    client = server.logged_in()
    client.send(b"EXIT now\r\n")
    assert client.ask("QUIT").startswith("+OK")
    assert server.statistics() == "1\nEXIT 1\nPASS 1\nQUIT 1\nUSER 1\n"


def test_apoponly_refuses_a_bare_user_too(box: Path) -> None:
    with served(box, "apoponly") as server:
        client = server.client()
        for line in ("USER", "USER ", "USER user"):
            assert client.ask(line).startswith("-ERR")


PERL = r"""
binmode(STDIN); binmode(STDOUT);
while (my $line = <STDIN>) {
    $line =~ s/\r?\n$//s;
    my ($verb, $rest) = split(/\s+/, $line, 2);
    my @words = split(/\s+/, $rest // '');
    print join(' ', map { unpack('H*', $_ // '') . '.' } uc($verb // ''), $rest, @words), "\n";
}
"""


def test_perl_splits_in_the_same_way() -> None:
    parts = [b"", b"a", b" ", b"\t", b"1 ", b"\x0b", b"\x0c", b"\r", b"\xa0", b"\x85", b"\x1c"]
    lines = [
        verb + b"".join(some) for verb in (b"LIST", b"USER") for some in product(parts, repeat=4)
    ]
    fed = b"".join(line + b"\r\n" for line in lines)
    split = subprocess.run(
        ["perl", "-e", PERL], input=fed, capture_output=True, check=True, timeout=60
    )
    heard = WhiteSpace()
    for line, told in zip(lines, split.stdout.splitlines(), strict=True):
        verb, rest, *words = (bytes.fromhex(word.decode().rstrip(".")) for word in told.split(b" "))
        octets = line + b"\r"
        request = heard.line(octets, parse_line(octets)).request
        looked_at = words[:1] if verb == b"LIST" else words
        wanted = rest if verb == b"USER" else b" ".join(looked_at)
        assert request.verb == (_text(verb).upper()), line
        assert (request.rest or "") == _text(wanted), line


def _text(octets: bytes) -> str:
    return octets.decode("ascii", "backslashreplace")


def log_in(client: Client) -> Client:
    client.ask("USER user")
    assert client.ask("PASS password").startswith("+OK")
    return client


def test_the_list_is_read_at_the_greeting(server: Served, box: Path) -> None:
    client = server.client()
    (box / "0000").write_bytes(ONE)
    (box / "0003").write_bytes(ONE)
    log_in(client)
    assert client.ask("STAT") == f"+OK 2 {len(ONE) + len(TWO)}"
    assert client.body("RETR 2").startswith(TWO)
    assert client.ask("DELE 1").startswith("+OK")
    assert client.ask("QUIT").startswith("+OK")
    assert sorted(os.listdir(box)) == ["0000", "0002", "0003"]
    assert server.logged_in().ask("STAT").startswith("+OK 3 ")


def test_what_is_gone_since_the_greeting_keeps_its_number(server: Served, box: Path) -> None:
    client = server.client()
    (box / "0001").unlink()
    log_in(client)
    assert client.ask("STAT") == f"+OK 2 {len(ONE) + len(TWO)}"
    assert client.ask("RETR 1") == "-ERR the message is gone"
    assert client.body("RETR 2").startswith(TWO)
    assert client.ask("DELE 1").startswith("+OK")
    assert client.ask("DELE 2").startswith("+OK")
    assert client.ask("QUIT").startswith("+OK")
    assert os.listdir(box) == []


def test_sizes_are_those_of_the_login(server: Served, box: Path) -> None:
    client = server.client()
    (box / "0001").write_bytes(b"longer than before\r\n" * 9)
    log_in(client)
    assert client.ask("LIST 1") == "+OK 1 180"


@pytest.mark.parametrize("leaves", ["QUIT", "BREAK"])
@pytest.mark.parametrize("after", [False, True], ids=["open at the greeting", "begun after it"])
def test_the_list_is_read_again_if_another_session_ended_in_between(
    server: Served, box: Path, leaves: str, after: bool
) -> None:
    if after:
        client = server.client()
        other = server.client()
    else:
        other = server.client()
        client = server.client()
    (box / "0000").write_bytes(ONE)
    other.send(leaves.encode() + b"\r\n")
    if leaves == "QUIT":
        other.line()
    assert other.closed()
    log_in(client)
    assert client.ask("STAT").startswith("+OK 3 ")


def test_the_next_session_does_not_see_what_the_one_before_has_deleted(server: Served) -> None:
    first, second = server.logged_in(), server.client()
    first.ask("DELE 1")
    assert first.ask("QUIT").startswith("+OK")
    assert log_in(second).ask("STAT") == f"+OK 1 {len(TWO)}"
    assert second.ask("UIDL 1").endswith("0002")


def test_a_session_that_ended_before_the_greeting_changes_nothing(
    server: Served, box: Path
) -> None:
    server.logged_in().ask("QUIT")
    client = server.client()
    (box / "0003").write_bytes(ONE)
    assert log_in(client).ask("STAT").startswith("+OK 2 ")


def test_what_is_waited_for_counts_verbs_as_they_are_heard() -> None:
    counts = Counters(Statistics())
    heard = session(hooks=rules("perl-split"), sink=immediate_queue([counts]))
    done(heard.greeting())
    done(fed(heard, b"USER\tann\r\nPASS secret\r\nRETR\t1\r\nNOOP\t\r\n"))
    assert "retrieved=1" in str(counts)
    assert "USER=1 PASS=1 RETR=1 NOOP=1" in str(counts)
