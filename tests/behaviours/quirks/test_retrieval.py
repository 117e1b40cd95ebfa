"""RETR and TOP as servers have been seen to answer them."""

import pytest

from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, TWO, logged_in, memory, play
from tests.wording import UNKNOWN

FIRST = "S: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .\n"
SECOND = "S: +OK 33 octets\nS: ..Subject: two\nS:\nS: ..\nS: ...dots\nS: end\nS: .\n"
TOP = "S: +OK ...\nS: Subject: one\nS:\nS: .\n"
QUIT = "C: QUIT\nS: +OK ...\n(close)\n"


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def test_retr_err_one() -> None:
    there = Visiting("retr-err-one number=2")
    refused = "-ERR RETR command did not succeed"
    there.visits(
        f"C: RETR 2\nS: {refused}\nC: TOP 2 0\nS: {refused}\nC: LIST 2\nS: +OK 2 33\n"
        f"C: RETR 1\n{FIRST}C: DELE 1\nS: +OK ...\n{QUIT}",
        f"C: RETR 1\nS: {refused}\nC: RETR 2\nS: +OK ...\nS: Subject: three\nS:\nS: bye\nS: .",
    )
    assert there.read == ["1", "3"]
    play(under("retr-err-one text=no"), f"C: RETR 1\nS: -ERR no\nC: RETR 2\n{SECOND}")


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("retr-ok-then-err octets=0", "S: -ERR internal error\n"),
        ("retr-ok-then-err octets=14", "S: Subject: one\nS: -ERR internal error\n"),
        ("retr-ok-then-err octets=14 form=dot text=no", "S: Subject: one\nS: .\nS: -ERR no\n"),
        ("retr-ok-then-err octets=3 form=dot", "S: Sub\nS: .\nS: -ERR internal error\n"),
        ("retr-truncated-dot octets=12", "S: Subject: one\nS: .\n"),
        ("retr-truncated-dot octets=99", FIRST.partition("\n")[2]),
        ("retr-cut-fin octets=3", "S| Sub\n(close)"),
        ("retr-cut-fin octets=0", "(close)"),
        ("retr-cut-fin", "S: Subject: one\nS:\nS: hello\n(close)"),
        ("retr-cut-rst octets=14", "S: Subject: one\n(reset)"),
        ("retr-drop-after-dot", "S: Subject: one\nS:\nS: hello\nS: .\n(close)"),
        ("retr-drop-after-dot then reset", "S: Subject: one\nS:\nS: hello\nS: .\n(reset)"),
    ],
)
def test_retr_goes_wrong_within_the_message(rule: str, lines: str) -> None:
    play(under(rule), f"C: RETR 1\nS: +OK 23 octets\n{lines}")
    play(under(rule), "C: RETR 3\nS: -ERR ...")


def test_what_is_cut_is_counted_as_sent() -> None:
    play(
        under("retr-cut-fin octets=20"),
        "C: RETR 2\nS: +OK ...\nS: ..Subject: two\nS:\nS| ..\n(close)",
    )


def test_retr_no_reply() -> None:
    there = Visiting("RETR 2 -> retr-no-reply")
    there.visits(f"C: RETR 2\nC: NOOP\nS: +OK ...\nC: RETR 9\nS: -ERR ...\nC: RETR 1\n{FIRST}")
    assert there.read == ["1"]
    play(under("retr-no-reply"), "C: RETR 1\nC: RETR x\nS: -ERR ...")


def test_retr_wrong_message() -> None:
    there = Visiting("RETR 1 -> retr-wrong-message")
    there.visits(f"C: RETR 1\n{SECOND}C: RETR 3\nS: +OK ...\nS: Subject: three\nS:\nS: bye\nS: .")
    assert there.read == ["2", "3"]
    play(under("retr-wrong-message message=7"), f"C: RETR 1\n{FIRST}C: RETR 7\nS: -ERR no such...")
    play(
        under("retr-wrong-message"), "C: RETR 7\nS: -ERR no such...\nC: RETR\nS: -ERR RETR takes..."
    )


def test_double_ok() -> None:
    status, rest = TOP.split("\n", 1)
    play(under("double-ok"), f"C: TOP 1 0\n{status}\n{status}\n{rest}C: RETR 1\n{FIRST}")
    play(
        under("double-ok verb=NOOP"),
        "C: NOOP\nS: +OK ...\nS: +OK ...\nC: NOOP x\nS: -ERR NOOP takes ...",
    )


def test_blank_line_reply() -> None:
    there = Visiting("RETR 2 -> blank-line-reply")
    there.visits(f"C: RETR 2\nS:\nC: RETR 1\n{FIRST}C: DELE 2\nS: +OK ...\nC: RETR 2\nS: -E...")
    assert there.read == ["1"]


def test_top_unsupported() -> None:
    play(under("top-unsupported"), f"C: TOP 1 0\nS: {UNKNOWN}\nC: RETR 1\n{FIRST}")


def test_top_returns_all() -> None:
    whole = TOP.replace("S: .\n", "S: hello\nS: .\n")
    play(under("top-returns-all"), f"C: TOP 1 0\n{whole}C: TOP 1 00\n{whole}C: TOP 1 1\n{whole}")
    two = "S: +OK ...\nS: ..Subject: two\nS:\nS: ..\n"
    play(under("top-returns-all"), f"C: TOP 2 1\n{two}S: .")
    play(under("top-returns-all lines=any"), f"C: TOP 2 1\n{two}S: ...dots\nS: end\nS: .")
    play(
        under("top-returns-all"),
        "C: TOP 1\nS: -ERR ...\nC: TOP 9 0\nS: -ERR no...",
    )


def test_top_line_count_wrong() -> None:
    two = "S: +OK ...\nS: ..Subject: two\nS:\nS: ..\n"
    play(under("top-line-count-wrong"), f"C: TOP 2 0\n{two}S: .\nC: TOP 2 99\n{two}S: .")
    play(under("top-line-count-wrong lines=0"), f"C: TOP 1 9\n{TOP}")
    play(
        under("top-line-count-wrong lines=9 octets=20"),
        f"C: TOP 2 0\n{two}S: .\nC: TOP 2\nS: -ERR ...",
    )
    play(
        under("top-line-count-wrong lines=-1 octets=19"),
        f"C: TOP 1 0\n{TOP}C: TOP 1 9\nS: +OK ...\nS: Subject: one\nS:\nS: hel\nS: .",
    )
    play(under("top-line-count-wrong octets=9"), "C: TOP 1 0\nS: +OK ...\nS: Subject: \nS: .")


def test_top_marks_seen() -> None:
    there = Visiting("top-marks-seen")
    there.visits(
        f"C: TOP 1 0\n{TOP}C: TOP 9 0\nS: -ERR ...\nC: RETR 2\n{SECOND}C: UIDL 1\nS: +OK 1 1",
        "C: UIDL\nS: +OK ...\nS: 1 2\nS: 2 3\nS: .\nC: DELE 1\nS: +OK ...\n" + QUIT,
        "C: UIDL\nS: +OK ...\nS: 1 3\nS: .",
    )
    assert there.deleted == ["2"]


def test_top_marks_seen_and_deletes() -> None:
    there = Visiting("top-marks-seen how=delete")
    there.visits(
        f"C: TOP 1 0\n{TOP}",
        f"C: TOP 1 0\n{TOP}C: RETR 2\n{SECOND}C: DELE 3\nS: +OK ...\n" + QUIT,
        "C: UIDL\nS: +OK ...\nS: 1 2\nS: .\n" + QUIT,
    )
    assert sorted(there.deleted) == ["1", "3"]


def test_what_top_has_shown_is_not_deleted_by_a_later_session() -> None:
    there = Visiting("top-marks-seen how=delete")
    there.visits(f"C: TOP 1 0\n{TOP}", QUIT)
    assert there.deleted == []


def test_what_is_marked_is_what_was_shown() -> None:
    Visiting("top-marks-seen", "pseudo-message").visits(
        f"C: TOP 1 0\nS: +OK ...\nS: From: MAILER-DAEMON\nS: Subject: DON'T ...\nS: X-IMAP: ...\n"
        f"S: Status: RO\nS:\nS: .\nC: TOP 2 0\n{TOP}",
        "C: UIDL\nS: +OK ...\nS: 1 folder-internal-data\nS: 2 2\nS: 3 3\nS: .",
    )


def test_top_differs_from_retr() -> None:
    head, rest = TOP.split("\n", 1)
    play(
        under("top-differs-from-retr"),
        f"C: TOP 1 0\n{head}\nS: Status: RO\n{rest}C: RETR 1\n{FIRST}",
    )
    play(
        under('top-differs-from-retr header="X-UIDL: 7"', store=memory(ONE, TWO)),
        f"C: TOP 1 0\n{head}\nS: X-UIDL: 7\n{rest}C: TOP 7 0\nS: -ERR ...",
    )


def test_what_becomes_of_a_message_goes_together() -> None:
    play(
        under("proxy-rewrite", "retr-cut-fin octets=25", "double-ok verb=RETR"),
        "C: RETR 1\nS: +OK 23 octets\nS: +OK 23 octets\nS: X-Antivirus: scanned\nS| Sub\n(close)",
    )
    play(
        under("retr-wrong-message", "RETR 1 -> retr-err-one"),
        f"C: RETR 1\nS: -ERR RETR command did not succeed\nC: RETR 2\n{SECOND}",
    )
