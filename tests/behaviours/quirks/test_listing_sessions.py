"""Maildrops that show something else in another session, or within one."""

import pytest

from tests.behaviours.ruled import rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent, session

ALL = "C: STAT\nS: +OK 3 79\nC: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: 3 3\nS: .\n"
EMPTY = "C: STAT\nS: +OK 0 0\nC: LIST\nS: +OK ...\nS: .\n"
EMPTY += "C: UIDL\nS: +OK ...\nS: .\nC: RETR 1\nS: -ERR ...\n"
QUIT = "C: QUIT\nS: +OK ...\n(close)\n"


def test_stat_zero_transient() -> None:
    Visiting("stat-zero-transient").visits(ALL, EMPTY + QUIT, ALL)
    Visiting("stat-zero-transient sessions=1,3").visits(EMPTY, ALL, EMPTY, ALL)


def test_each_user_has_sessions_of_their_own() -> None:
    store = memory(ONE)
    store.add("mrose", TWO)
    there = Visiting("stat-zero-transient", store=store)
    one = "C: STAT\nS: +OK 1 23\n"
    there.visits(one)
    mrose = session(store, hooks=there.rules)
    play(mrose, "C: USER mrose\nS: +OK ...\nC: PASS tanstaaf\nS: +OK ...\nC: STAT\nS: +OK 1 33\n")
    there.visits(EMPTY, one)


def test_list_empty() -> None:
    Visiting("list-empty").visits(EMPTY, EMPTY)


def test_list_gaps() -> None:
    gap = Visiting("list-gaps")
    gap.visits(
        """
        C: STAT
        S: +OK 2 46
        C: LIST
        S: +OK 2 messages
        S: 1 23
        S: 3 23
        S: .
        C: UIDL
        S: +OK 2 messages
        S: 1 1
        S: 3 3
        S: .
        C: LIST 2
        S: -ERR no such message
        C: UIDL 2
        S: -ERR no such message
        C: RETR 2
        S: -ERR no such message
        C: TOP 2 0
        S: -ERR no such message
        C: DELE 2
        S: -ERR no such message
        C: DELE 1
        S: +OK ...
        C: STAT
        S: +OK 1 23
        C: UIDL
        S: +OK 1 messages
        S: 3 3
        S: .
        """
        + QUIT,
        "C: UIDL\nS: +OK 1 messages\nS: 2 3\nS: .",
    )
    assert gap.deleted == ["1"]
    assert gap.read == []


def test_list_window() -> None:
    Visiting("list-window").visits(ALL)
    there = Visiting("list-window count=2")
    there.visits(
        "C: STAT\nS: +OK 2 56\nC: DELE 1\nS: +OK ...\n" + QUIT,
        "C: UIDL\nS: +OK ...\nS: 1 2\nS: 2 3\nS: .",
    )
    Visiting("list-window count=2 which=newest").visits("C: UIDL\nS: +OK ...\nS: 1 2\nS: 2 3\nS: .")
    Visiting("list-window count=0 which=newest").visits(EMPTY)


def test_list_huge() -> None:
    there = Visiting("list-huge entries=5", store=memory(ONE, TWO))
    there.visits(
        """
        C: STAT
        S: +OK 5 152
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 33
        S: 3 32
        S: 4 32
        S: 5 32
        S: .
        C: UIDL 4
        S: +OK 4 pop3lab-made-up-2
        C: RETR 4
        S: +OK 32 octets
        S: Subject: message 2
        S:
        S: Made up.
        S: .
        C: RETR 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: .
        C: DELE 1
        S: +OK ...
        C: DELE 3
        S: +OK ...
        C: LIST 6
        S: -ERR ...
        """
        + QUIT,
        """
        C: UIDL
        S: +OK ...
        S: 1 2
        S: 2 pop3lab-made-up-2
        S: 3 pop3lab-made-up-3
        S: 4 pop3lab-made-up-4
        S: .
        """,
    )
    assert there.read == ["1"]
    assert there.deleted == ["1"]


def test_a_huge_list_has_as_many_lines() -> None:
    huge = logged_in(hooks=rules("list-huge entries=600000"))
    listed = sent(done(fed(huge, b"LIST\r\n")))
    assert listed.count(b"\r\n") == 600_002
    assert listed.endswith(b"\r\n600000 37\r\n.\r\n")


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("maildrop-grows", "1 2|2 3", "1 1|2 2|3 3"),
        ("maildrop-grows at=end count=2", "1 1", "1 1|2 2|3 3"),
        ("maildrop-grows count=9", "", "1 1|2 2|3 3"),
    ],
)
def test_maildrop_grows(rule: str, before: str, after: str) -> None:
    def listing(lines: str) -> str:
        shown = "".join(f"S: {line}\n" for line in lines.split("|") if line)
        return f"C: UIDL\nS: +OK ...\n{shown}S: .\n"

    Visiting(rule).visits(listing(before) + listing(after), listing(after))


def test_a_number_may_mean_another_message_behind_a_command() -> None:
    there = Visiting("maildrop-grows after=STAT")
    there.visits(
        """
        C: UIDL 1
        S: +OK 1 2
        C: STAT
        S: +OK 2 56
        C: STAT
        S: +OK 3 79
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 33
        S: 3 23
        S: .
        C: DELE 1
        S: +OK ...
        """
        + QUIT
    )
    assert there.deleted == ["1"]


def test_what_has_grown_is_there_in_the_next_session_only_if_it_has() -> None:
    two = "C: STAT\nS: +OK 2 56\n"
    Visiting("maildrop-grows").visits(two, two + "C: UIDL\nS: +OK ...\nS: 1 2\nS: 2 3\nS: .\n", ALL)


def test_maildrop_shifts_between_sessions() -> None:
    left = "C: UIDL\nS: +OK ...\nS: 1 2\nS: 2 3\nS: .\n"
    there = Visiting("maildrop-shifts-between-sessions")
    there.visits(ALL, left, left + "C: DELE 1\nS: +OK ...\n" + QUIT)
    assert there.deleted == ["2"]
    Visiting("maildrop-shifts-between-sessions number=3 session=3").visits(
        ALL, ALL, "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: ."
    )
    Visiting("maildrop-shifts-between-sessions number=4").visits(ALL, ALL)


def test_expunged_mid_session() -> None:
    there = Visiting("expunged-mid-session number=2")
    there.visits(
        ALL
        + """
        C: RETR 2
        S: -ERR Message expunged.
        C: TOP 2 0
        S: -ERR Message expunged.
        C: DELE 2
        S: -ERR Message expunged.
        C: RETR 3
        S: +OK 23 octets
        S: Subject: three
        S:
        S: bye
        S: .
        """,
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 3\nS: .\nC: RETR 2\nS: +OK ...\n"
        "S: Subject: three\nS:\nS: bye\nS: .",
    )
    assert there.read == ["3", "3"]


def test_the_second_refusal_may_drop_the_connection() -> None:
    Visiting('expunged-mid-session drop=2 text="it is gone"').visits(
        "C: RETR 1\nS: -ERR it is gone\nC: RETR 1\nS: -ERR it is gone\n(close)"
    )


def test_what_is_read_is_told_as_it_truly_is() -> None:
    there = Visiting("list-window count=1 which=newest")
    there.visits(
        "C: UIDL 1\nS: +OK 1 3\nC: RETR 1\nS: +OK ...\nS: Subject: three\nS:\nS: bye\nS: ."
    )
    assert there.read == ["3"]


def test_views_go_together() -> None:
    Visiting("list-window count=2", "maildrop-shifts-between-sessions").visits(
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: .", "C: UIDL\nS: +OK ...\nS: 1 2\nS: ."
    )
