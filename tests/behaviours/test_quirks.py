"""Each quirk in a dialogue, alone; together they are in tests/cli/test_seed.py."""

import errno
import os
from collections import deque
from pathlib import Path
from typing import NoReturn

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.mail_box import MAIL_BOX, MAIL_BOX_KEYWORDS, mail_box
from pop3lab.config.options import DIRECTORY_KEYWORDS as WORDS
from pop3lab.core.actions import OffloadNext
from pop3lab.core.events import LineReceived, RuleApplied
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.session import Session
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.hook_chain import HookChain
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules as ruled
from tests.conformance.watched import Keeper
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, session
from tests.immediate import immediate_queue
from tests.wording import READY, UNKNOWN

LOGIN = """
    C: USER ann
    S: +OK ...
    C: PASS secret
    S: +OK ...
"""
WAITING_LOGIN = LOGIN.replace("C: PASS secret\n", "C: PASS secret\n    (offload)\n")


class Stop:
    """Stands for the server, which counts how often it is told to stop."""

    def __init__(self) -> None:
        self.times = 0
        self.server = ServerContext(self.tell)

    def tell(self) -> None:
        self.times += 1


def quirky(*names: str, store: MemoryStore | None = None, stop: Stop | None = None) -> Session:
    server = (stop or Stop()).server
    return session(store, hooks=HookChain([BEHAVIOURS[name].hooks(server, {}) for name in names]))


def test_rfc1939_commands() -> None:
    top = "C: TOP 1 0\nS: +OK top of ...\nS: Subject: one\nS:\nS: ."
    play(quirky("rfc1939-commands"), LOGIN + top)


def test_minimal_commands() -> None:
    play(quirky("minimal-commands"), f"S: {READY}", greet=True)
    play(
        quirky("minimal-commands"),
        f"C: APOP ann 0123\nS: {UNKNOWN}"
        + LOGIN
        + f"C: TOP 1 0\nS: {UNKNOWN}\nC: UIDL\nS: {UNKNOWN}\n"
        + "C: STAT\nS: +OK 2 56",
    )


def test_apop_only() -> None:
    play(
        quirky("apop-only", store=memory(ONE, user="mrose")),
        """
        C: USER mrose
        S: -ERR use APOP
        C: PASS tanstaaf
        S: -ERR ...
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: +OK ...
        """,
    )


def test_user_then_pass() -> None:
    play(
        quirky("user-then-pass"),
        """
        C: USER ann
        S: +OK ...
        C: USER ann
        S: -ERR a password was wanted, start again with USER
        C: PASS secret
        S: -ERR ...
        """
        + LOGIN,
    )


def test_rset_one() -> None:
    play(
        quirky("rset-one"),
        LOGIN
        + """
        C: DELE 1
        S: +OK ...
        C: DELE 2
        S: +OK ...
        C: RSET 2
        S: +OK message 2 is not deleted
        C: STAT
        S: +OK 1 33
        C: RSET 3
        S: -ERR ...
        C: RSET x
        S: -ERR ...
        C: RSET 1 2
        S: -ERR ...
        C: RSET
        S: +OK no message is deleted
        C: STAT
        S: +OK 2 56
        """,
    )


def test_perl_split() -> None:
    play(
        quirky("perl-split"),
        r"""
        C: USER\tann\x20
        S: +OK ...
        C: PASS secret
        S: -ERR [AUTH] ...
        C: USER\tann
        S: +OK ...
        C: PASS \t secret
        S: +OK ...
        C: STAT\t1 2
        S: +OK 2 56
        C: LIST\x0b
        S: +OK ...
        S: 1 23
        S: 2 33
        S: .
        C: LIST \t 2 surplus words
        S: +OK 2 33
        C: LIST\x002
        S: -ERR a line has printable ASCII only
        C| \tNOOP\r\n
        S: -ERR ...
        """,
    )


def test_perl_split_under_a_condition_is_told_behind_the_line() -> None:
    keeper = Keeper()
    rules = ruled("LIST nth=2 -> perl-split")
    play(
        session(hooks=rules, sink=immediate_queue([keeper])),
        LOGIN
        + r"""
        C: LIST\t1
        S: -ERR a line has printable ASCII only
        C: STAT\t1
        S: -ERR a line has printable ASCII only
        C: LIST\t1
        S: +OK 1 23
        """,
    )
    told = [type(e).__name__ for e in keeper.events if isinstance(e, LineReceived | RuleApplied)]
    assert told == ["LineReceived"] * 5 + ["RuleApplied"]


def test_perl_split_is_told_to_the_session_that_it_is_in() -> None:
    keepers, rules = [Keeper(), Keeper()], ruled("LIST -> perl-split")
    first, _ = [session(hooks=rules, sink=immediate_queue([keeper])) for keeper in keepers]
    play(first, LOGIN + "C: LIST\\t1\nS: +OK 1 23\n")
    told = [[e for e in keeper.events if isinstance(e, RuleApplied)] for keeper in keepers]
    assert [*map(len, told)] == [1, 0]


class AtOnce(MemoryStore):
    """A store that may wait, but has nothing to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.open_waits = True
        self.add("ann", ONE)

    def open_at_once(self, user: str) -> Maildrop:
        return self.open(user)

    def look_at_once(self) -> None:  # type: ignore[override]
        """There may be something to list, so that what is listed later may differ."""


@pytest.mark.parametrize("rule", ["size-lf", "list-at-greeting", "user=ann -> size-lf"])
def test_what_looks_at_all_messages_at_login_is_not_let_into_the_loop(rule: str) -> None:
    play(session(AtOnce(), hooks=ruled("retr-octets-lie octets=1")), LOGIN)
    looks = session(AtOnce(), hooks=ruled(rule))
    deque(looks.greeting(), maxlen=0)
    play(looks, WAITING_LOGIN)


def test_list_at_greeting() -> None:
    store, rules = memory(ONE), ruled("list-at-greeting")
    first, second = (session(store, hooks=rules) for _ in range(2))
    for greeted in (first, second):
        assert OffloadNext() not in [*greeted.greeting()]  # as memory takes no time
    store.add("ann", TWO)
    play(
        first,
        LOGIN
        + """
        C: STAT
        S: +OK 1 23
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: +OK ...
        (close)
        """,
    )
    play(second, LOGIN + "C: STAT\nS: +OK 1 33\n")


def test_list_at_greeting_needs_no_thread_where_nothing_has_changed(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(ONE)
    store, rules = FolderStore(str(tmp_path)), ruled("list-at-greeting")

    def offloads(*, at_login: bool) -> bool:
        one = session(store, hooks=rules)
        actions = [*one.greeting()]
        if at_login:
            actions = [*fed(one, b"USER ann\r\nPASS secret\r\n")]
        one.session_ended("closed")
        return OffloadNext() in actions

    assert offloads(at_login=False)
    for _ in range(3):
        offloads(at_login=True)  # the folder is watched now
    assert not offloads(at_login=False)
    assert not offloads(at_login=True)
    (tmp_path / "2").write_bytes(TWO)
    assert offloads(at_login=False)


def test_list_at_greeting_under_a_condition_that_is_known_at_login() -> None:
    store, rules = memory(ONE), ruled("user=ann -> list-at-greeting")
    greeted = session(store, hooks=rules)
    deque(greeted.greeting(), maxlen=0)
    store.add("ann", TWO)
    play(greeted, LOGIN + "C: STAT\nS: +OK 1 23\n")


def test_list_at_greeting_where_the_store_cant_be_looked_at() -> None:
    class Closed:
        open_waits = False
        inner = memory(ONE)

        def open(self, user: str) -> Maildrop:
            return self.inner.open(user)

    store = Closed()
    there = session(store, hooks=ruled("list-at-greeting"))
    store.inner.add("ann", TWO)
    play(there, LOGIN + "C: STAT\nS: +OK 2 56\n")


@pytest.mark.parametrize("call", ["open", "fstat", "listdir"])
def test_list_at_greeting_where_the_folder_cant_be_read_at_that_moment(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has failed for a moment: to show an empty maildrop would be untrue."""

    def fail(*arguments: object, **named: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "1").write_bytes(ONE)
    greeted = session(FolderStore(str(tmp_path)), hooks=ruled("list-at-greeting"))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        deque(greeted.greeting(), maxlen=0)
    (tmp_path / "2").write_bytes(TWO)
    play(greeted, WAITING_LOGIN + "C: STAT\nS: +OK 2 56\n")


def test_top_whole() -> None:
    play(
        quirky("top-whole"),
        LOGIN
        + """
        C: TOP 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: .
        C: TOP 1 0
        S: +OK ...
        S: Subject: one
        S:
        S: .
        C: TOP
        S: -ERR ...
        """,
    )


def test_extra_crlf_ends_messages_and_leaves_listings_alone() -> None:
    play(
        quirky("extra-crlf", store=memory(ONE, b"")),
        LOGIN
        + """
        C: RETR 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S:
        S: .
        C: TOP 1 0
        S: +OK ...
        S: Subject: one
        S:
        S:
        S: .
        C: RETR 2
        S: +OK 0 octets
        S:
        S: .
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 0
        S: .
        C: RETR 3
        S: -ERR ...
        """,
    )


def test_crlf_for_empty() -> None:
    play(
        quirky("crlf-for-empty", store=memory(ONE, b"")),
        LOGIN
        + "C: RETR 2\nS: +OK 0 octets\nS:\nS: .\n"
        + "C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .",
    )


@pytest.mark.parametrize("before", ["", "C: USER ann\nS: +OK ...\n", LOGIN])
def test_break_command(before: str) -> None:
    store = memory(ONE)
    play(quirky("break-command", store=store), before + "C: BREAK\n(close)")
    play(logged_in(store), "C: STAT\nS: +OK 1 23")


def test_break_deletes_nothing_and_nothing_is_obeyed_after_it() -> None:
    store = memory(ONE)
    play(
        quirky("break-command", store=store),
        LOGIN + "C: DELE 1\nS: +OK ...\nC| break\\r\\nQUIT\\r\\n\n(close)",
    )
    play(logged_in(store), "C: STAT\nS: +OK 1 23")


def test_exit_command() -> None:
    stop = Stop()
    leaving = quirky("exit-command", stop=stop)
    play(
        leaving,
        "C: EXIT\nS: -ERR ..." + LOGIN + "C: EXIT\nC: NOOP\nS: +OK ...\nC: QUIT now\nS: -ERR ...",
    )
    assert stop.times == 0
    play(leaving, "C: QUIT\nS: +OK ...\n(close)")
    assert stop.times == 1


def test_exit_holds_for_a_later_session() -> None:
    stop = Stop()
    store = memory(ONE)
    first = quirky("exit-command", store=store, stop=stop)
    play(first, LOGIN + "C: EXIT")
    first.session_ended("closed")
    assert stop.times == 0
    play(quirky("exit-command", store=store, stop=stop), "C: QUIT\nS: +OK ...\n(close)")
    assert stop.times == 1


def test_quit_without_exit_stops_nothing() -> None:
    stop = Stop()
    play(quirky("exit-command", stop=stop), LOGIN + "C: QUIT\nS: +OK ...\n(close)")
    assert stop.times == 0


def autodelete(*lines: str) -> list[str]:
    """The unique-ids that are left of four after these commands."""
    store = memory(ONE, TWO, ONE, TWO)
    leaving = quirky("autodelete", "top-whole", "break-command", store=store)
    done(fed(leaving, b"USER ann\r\nPASS secret\r\n"))
    done(fed(leaving, "".join(f"{line}\r\n" for line in lines).encode()))
    leaving.session_ended("closed")
    maildrop = store.open("ann")
    return [entry.uid for entry in maildrop.snapshot.entries]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (["RETR 2", "QUIT"], ["1", "3", "4"]),
        (["TOP 2", "QUIT"], ["1", "3", "4"]),
        (["TOP 2 1000", "QUIT"], ["1", "2", "3", "4"]),
        (["RETR 2", "TOP 3", "DELE 4", "QUIT"], ["1"]),
        (["RETR 2", "DELE 2", "RSET", "QUIT"], ["1", "3", "4"]),
        (["RETR 2", "RETR 9", "RETR x", "QUIT"], ["1", "3", "4"]),
        (["RETR 2", "BREAK"], ["1", "2", "3", "4"]),
        (["RETR 2"], ["1", "2", "3", "4"]),
        (["LIST", "UIDL", "QUIT"], ["1", "2", "3", "4"]),
    ],
)
def test_autodelete(lines: list[str], left: list[str]) -> None:
    assert autodelete(*lines) == left


def test_autodelete_leaves_the_message_visible_until_quit() -> None:
    play(
        quirky("autodelete"),
        LOGIN
        + "C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .\n"
        + "C: STAT\nS: +OK 2 56\nC: LIST 1\nS: +OK 1 23",
    )


def test_autodelete_counts_only_what_was_sent_to_its_end() -> None:
    store = memory(ONE)
    cut = quirky("autodelete", store=store)
    done(fed(cut, b"USER ann\r\nPASS secret\r\n"))
    actions = fed(cut, b"RETR 1\r\n")
    next(actions)
    next(actions)
    actions.close()  # type: ignore[attr-defined]
    done(fed(cut, b"QUIT\r\n"))
    assert len(store.open("ann").snapshot.entries) == 1


def test_the_keywords_of_the_command_line_are_those_of_the_profile() -> None:
    assert WORDS.keys() == {*MAIL_BOX_KEYWORDS, "standardport"}


def test_keywords_combine_in_any_order_and_number() -> None:
    assert list(map(str, mail_box([]))) == list(MAIL_BOX)
    both = set(map(str, mail_box(["noextra", "autodelete"])))
    assert both == {*MAIL_BOX, "autodelete", "crlf-for-empty"} - {"extra-crlf"}
    assert set(map(str, mail_box(["autodelete", "noextra", "autodelete"]))) == both
