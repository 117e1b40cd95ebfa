"""Messages with texts that clients have stumbled over."""

import pytest

from pop3lab.behaviours.retrieval_texts import BROKEN, NULS, line
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.maildrop import Store
from pop3lab.core.session import Session
from tests.behaviours.ruled import rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent, session

QUIT = "C: QUIT\nS: +OK ...\n(close)\n"


def under(*texts: str, store: Store | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def retrieved(played: Session, number: int = 1) -> bytes:
    """The message as sent, whose size must be what is told."""
    octets = sent(done(fed(played, b"RETR %d\r\n" % number)))
    status, _, text = octets.partition(b"\r\n")
    assert text.endswith(b".\r\n")
    listed = sent(done(fed(played, b"LIST %d\r\n" % number)))
    size = int(status.split()[1])
    assert listed == b"+OK %d %d\r\n" % (number, size)
    assert sum(len(line.removeprefix(b".")) + 2 for line in text[:-3].split(b"\r\n")[:-1]) == size
    return text


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "baseline-dots",
            b"Subject: dots\r\n\r\n..\r\n...\r\n....x\r\n..x\r\n\r\nx.\r\n..\r\n.\r\n",
        ),
        (
            "no-header-separator",
            b"From: ann@example.org\r\nSubject: a header, and nothing behind it\r\n.\r\n",
        ),
        ("empty-message", b".\r\n"),
        ("broken-headers", b" continues nothing\r\n" + ONE + b".\r\n"),
        ("nul-bytes", ONE + b"\r\nbefore\x00behind\r\n.\r\n"),
        ("nul-bytes at=start", b"\x00" + ONE + b".\r\n"),
        ("nul-bytes at=header", b"X-NUL: before\x00behind\r\n" + ONE + b".\r\n"),
        ("long-line octets=5", ONE + b"\r\nxxxxx\r\n.\r\n"),
        ("long-line octets=7 dots=3", ONE + b"\r\nxxx.xx.\r\n.\r\n"),
        ("long-line octets=0", ONE + b"\r\n\r\n.\r\n"),
    ],
)
def test_a_message_with_another_text(rule: str, text: bytes) -> None:
    assert retrieved(under(rule)) == text
    second = "..Subject: two\r\n\r\n..\r\n...dots\r\nend\r\n.\r\n"
    assert retrieved(under(rule), 2) == second.encode()
    assert retrieved(under(f"{rule} number=2", store=memory(TWO, ONE)), 2) == text


@pytest.mark.parametrize(("form", "first"), BROKEN.items())
def test_broken_headers(form: str, first: bytes) -> None:
    text = retrieved(under(f"broken-headers form={form}"))
    assert text == first + ONE + b".\r\n"
    assert first.count(b"\r\n") == 1


def test_nul_in_the_status_line() -> None:
    assert set(NULS) == {"start", "header", "body"}
    play(
        under("nul-bytes at=status", store=memory(ONE)),
        "C: RETR 1\nS: +OK 23 octets before\\x00behind\nS: Subject: one\nS:\nS: hello\nS: .\n"
        "C: LIST 1\nS: +OK 1 23",
    )


@pytest.mark.parametrize("octets", [0, 1, 4, 5, 6, 65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("dots", [0, 1, 5, 1024])
def test_a_long_line_has_its_octets_and_its_dots(octets: int, dots: int) -> None:
    made = b"".join(line(octets, dots))
    assert len(made) == octets
    places = [place for place, octet in enumerate(made) if octet == ord(".")]
    assert places == (list(range(dots, octets, dots)) if dots else [])


def test_a_very_long_line_is_not_in_memory_as_a_whole() -> None:
    pieces = line(1 << 40, 0)
    assert len(next(pieces)) == len(next(pieces)) == 65_536


def test_the_same_message_has_the_text_when_numbers_have_moved() -> None:
    there = Visiting("empty-message number=2")
    there.visits(
        "C: LIST 2\nS: +OK 2 0\nC: STAT\nS: +OK 3 46\nC: RETR 2\nS: +OK 0 octets\nS: .\n"
        "C: DELE 1\nS: +OK ...\n" + QUIT,
        "C: LIST\nS: +OK ...\nS: 1 0\nS: 2 23\nS: .\nC: DELE 1\nS: +OK ...\n" + QUIT,
        "C: UIDL\nS: +OK ...\nS: 1 3\nS: .\nC: LIST 1\nS: +OK 1 23",
    )
    assert there.read == ["2"]
    assert there.deleted == ["1", "2"]


def test_top_is_of_the_text_that_is_shown() -> None:
    play(
        under("broken-headers form=no-colon"),
        "C: TOP 1 0\nS: +OK ...\nS: this line has no colon\nS: Subject: one\nS:\nS: .",
    )


def test_pseudo_message() -> None:
    there = Visiting("pseudo-message", store=memory(ONE))
    there.visits(
        """
        C: STAT
        S: +OK 2 240
        C: UIDL
        S: +OK ...
        S: 1 folder-internal-data
        S: 2 1
        S: .
        C: TOP 1 0
        S: +OK ...
        S: From: MAILER-DAEMON
        S: Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
        S: X-IMAP: 1079379500 0000000001
        S: Status: RO
        S:
        S: .
        """,
        "C: DELE 1\nS: +OK ...\n",
        "C: DELE 1\nS: +OK ...\n" + QUIT,
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: .",
    )
    assert there.read == []
    assert there.deleted == []


def test_bulletins() -> None:
    there = Visiting("bulletins count=2", store=memory(ONE))
    there.visits(
        """
        C: UIDL
        S: +OK ...
        S: 1 1
        S: 2 bulletin-1
        S: 3 bulletin-2
        S: .
        C: RETR 3
        S: +OK 72 octets
        S: From: postmaster
        S: Subject: bulletin 2
        S:
        S: The server goes down at noon.
        S: .
        C: LIST 3
        S: +OK 3 72
        """,
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: .",
    )
    Visiting("bulletins").visits("C: UIDL 4\nS: +OK 4 bulletin-1\nC: UIDL 5\nS: -ERR no such...")


UTF8 = "Subject: Gr\xfc\xdfe\r\n\r\nhallo".encode()
NOTICE = """
    C: RETR 1
    S: +OK 27 octets
    S: Subject: a message that needs UTF8
    S: MIME-Version: 1.0
    S: Content-Type: multipart/mixed; boundary="wrapped"
    S:
    S: --wrapped
    S: Content-Type: text/plain
    S:
    S: The header of this message has UTF-8 in it, and your client has not said UTF8.
"""
ATTACHED = (
    NOTICE
    + """
    S: --wrapped
    S: Content-Type: message/rfc822
    S: Content-Transfer-Encoding: 8bit
    S:
    S: Subject: Gr\\xc3\\xbc\\xc3\\x9fe
    S:
    S: hallo
    S: --wrapped--
    S: .
"""
)


def test_utf8_wrapped() -> None:
    played = under("utf8-wrapped", store=memory(UTF8, ONE))
    play(played, ATTACHED + "C: RETR 2\nS: +OK ...\nS: Subject: one\nS:\nS: hello\nS: .")


def test_where_utf8_is_offered_the_notice_stands_for_the_refusal() -> None:
    offered = logged_in(
        memory(UTF8), hooks=rules("utf8-wrapped"), capabilities=ServerCapabilities(utf8=True)
    )
    play(offered, ATTACHED)
    play(logged_in(memory(UTF8), hooks=rules("utf8-mode", "utf8-wrapped")), ATTACHED)


def test_who_has_said_utf8_gets_the_message() -> None:
    play(
        session(
            memory(UTF8), hooks=rules("utf8-wrapped"), capabilities=ServerCapabilities(utf8=True)
        ),
        """
        C: UTF8
        S: +OK ...
        C: USER ann
        S: +OK ...
        C: PASS secret
        S: +OK ...
        C: RETR 1
        S: +OK 27 octets
        S: Subject: Gr\\xc3\\xbc\\xc3\\x9fe
        S:
        S: hallo
        S: .
        """,
    )


def test_texts_go_together() -> None:
    store = memory(ONE)
    assert retrieved(under("empty-message", "nul-bytes", store=store)) == (
        b"\r\nbefore\x00behind\r\n.\r\n"
    )
    store = memory(ONE)
    text = retrieved(
        under("nul-bytes at=start", "broken-headers", "long-line octets=1", store=store)
    )
    assert text == b" continues nothing\r\n\x00" + ONE + b"\r\nx\r\n.\r\n"
    play(
        under("pseudo-message", "empty-message", store=memory(ONE)),
        "C: LIST\nS: +OK ...\nS: 1 217\nS: 2 0\nS: .",
    )
