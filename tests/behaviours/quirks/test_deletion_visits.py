"""Quirks of deletion over several sessions."""

from base64 import b64encode
from collections.abc import Collection
from hashlib import md5

import pytest

from pop3lab.behaviours.deletion_sessions import without_prefix
from pop3lab.core.errors import StoreFailed
from pop3lab.core.events import Event, MessagesDeleted, StoreError
from pop3lab.core.maildrop import Maildrop
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.quirks.several import QUIT, Several
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import ONE, TIMESTAMP, TWO, logged_in, memory, play

RETR = """
    C: RETR 1
    S: +OK 23 octets
    S: Subject: one
    S:
    S: hello
    S: .
"""
DELE = "C: DELE 1\nS: +OK ...\n"
RSET = "C: RSET\nS: +OK ...\n"
BOTH = "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: .\n"
SECOND = "C: UIDL\nS: +OK ...\nS: 1 2\nS: .\nC: STAT\nS: +OK 1 33\n"
NOTHING = "C: UIDL\nS: +OK ...\nS: .\n"


def test_dele_to_trash() -> None:
    several = Several("dele-to-trash")
    several.visit(BOTH + DELE)
    several.visit(SECOND)
    several.visit("C: DELE 1\nS: +OK ...\n")
    several.visit(NOTHING)
    assert several.uids == ["1", "2"]


def test_dele_to_trash_only_by_quit() -> None:
    several = Several("dele-to-trash")
    several.lose(DELE)
    several.visit(BOTH)


def test_retr_implies_delete_hides() -> None:
    several = Several("retr-implies-delete")
    several.visit(RETR + BOTH)
    several.visit(SECOND)
    assert several.uids == ["1", "2"]


def test_retr_implies_delete_deletes() -> None:
    several = Several("retr-implies-delete delete")
    several.visit(RETR + "C: STAT\nS: +OK 2 56\n")
    assert several.uids == ["2"]
    several.visit(SECOND)


def test_retr_implies_delete_does_not_keep_what_was_deleted() -> None:
    several = Several("retr-implies-delete")
    several.visit(RETR + "C: DELE 2\nS: +OK ...\n")
    several.visit(NOTHING)
    assert several.uids == ["1"]


def test_retr_implies_delete_but_not_after_rset_top_or_without_quit() -> None:
    top = "C: TOP 1 0\nS: +OK top of ...\nS: Subject: one\nS:\nS: .\n"
    several = Several("retr-implies-delete delete")
    several.visit(RETR + RSET)
    several.visit(top)
    several.lose(RETR)
    several.visit("C: RETR 9\nS: -ERR ...\n" + BOTH)
    assert several.uids == ["1", "2"]


def test_retr_implies_delete_only_of_what_was_sent_to_its_end() -> None:
    several = Several("RETR nth=1 -> cut-after 15 then go-on", "retr-implies-delete delete")
    several.visit("C: RETR 1\nS: +OK 23 octets\n")
    several.visit(BOTH)


def by(login: str, transcript: str) -> str:
    return f"{login}\nS: +OK ...\n{transcript}"


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


DIGEST = md5(f"{TIMESTAMP}secret".encode()).hexdigest()
RECENT = [
    "C: USER recent:ann\nS: +OK ...\nC: PASS secret",
    f"C: APOP recent:ann {DIGEST}",
    f"C: AUTH PLAIN {b64(chr(0) + 'recent:ann' + chr(0) + 'secret')}",
    f"C: AUTH PLAIN\nS: + \nC: {b64(chr(0) + 'recent:ann' + chr(0) + 'secret')}",
    (
        f"C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: {b64('recent:ann')}\n"
        f"S: + UGFzc3dvcmQ6\nC: {b64('secret')}"
    ),
]


@pytest.mark.parametrize("login", RECENT)
def test_retr_implies_delete_but_for_recent_users(login: str) -> None:
    several = Several("retr-implies-delete recent=recent:")
    several.visit(RETR)
    several.visit(SECOND)
    for _ in range(2):  # what such a user fetches is shown to the next one, too
        several.play(by(login, RETR + BOTH) + QUIT)
    several.visit(SECOND)


def test_retr_implies_delete_knows_a_recent_user_by_the_last_name() -> None:
    several = Several("retr-implies-delete recent=recent:")
    several.visit(RETR)
    wrong = "C: USER recent:ann\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] ...\n"
    several.play(wrong + LOGIN + SECOND + QUIT)


def test_retr_implies_delete_has_no_recent_users_unless_told() -> None:
    Several("retr-implies-delete").play(
        "C: USER recent:ann\nS: +OK ...\nC: PASS secret\nS: -ERR [AUTH] ..."
    )


def test_recent_is_taken_from_names_only() -> None:
    assert without_prefix(b"recent:", b"recent:ann") == b"ann"
    assert without_prefix(b"recent:", b"\0recent:ann\0recent:secret") == b"\0ann\0recent:secret"
    assert without_prefix(b"recent:", b"recent:ann\0recent:ann\0x") == b"ann\0ann\0x"
    assert without_prefix(b"recent:", b"user=recent:ann\1auth=Bearer x\1\1").startswith(
        b"user=ann\1"
    )
    assert without_prefix(b"recent:", b"n,a=recent:ann,\1auth=").startswith(b"n,a=ann,\1")
    assert without_prefix(b"recent:", b"bob") == b"bob"


def test_commit_on_drop() -> None:
    several = Several("commit-on-drop")
    several.lose(DELE)
    assert several.uids == ["2"]
    several.lose("C: DELE 1\nS: +OK ...\nC: RSET\nS: +OK ...\n")
    several.visit(SECOND)


def test_commit_on_drop_with_views_over_it() -> None:
    several = Several("commit-on-drop", "uid-form courier", "dele-to-trash")
    several.lose(DELE)
    several.visit("C: STAT\nS: +OK 1 33\n")
    assert several.uids == ["1", "2"], "dele-to-trash keeps it"


class Full(MemoryStore):
    """A store that can't delete."""

    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)
        return CloseHook(maildrop, deletes=self._fail)

    def _fail(self, uids: Collection[str]) -> Collection[str]:
        raise StoreFailed("no space")


def test_commit_on_drop_tells_the_operator_what_failed() -> None:
    heard: list[Event] = []
    store = Full()
    store.add("ann", ONE)
    played = logged_in(store, hooks=rules("commit-on-drop"), sink=Heard(heard))
    play(played, DELE)
    played.session_ended("closed")
    assert [event.reason for event in heard if isinstance(event, StoreError)] == ["no space"]


def test_commit_on_drop_does_not_try_again_what_quit_could_not_do() -> None:
    heard: list[Event] = []
    store = Full()
    store.add("ann", ONE)
    played = logged_in(store, hooks=rules("commit-on-drop"), sink=Heard(heard))
    play(played, DELE + "C: QUIT\nS: -ERR [SYS/TEMP] no space\n(close)")
    played.session_ended("closed")
    assert sum(isinstance(event, StoreError) for event in heard) == 1


class Heard:
    """Notes what it is told."""

    def __init__(self, events: list[Event], lines: bool = False) -> None:
        self.emit = events.append
        self.wants_lines = lines


def test_delayed_commit() -> None:
    several = Several("delayed-commit 600")
    several.visit(DELE)
    several.now = 599.0
    several.visit(BOTH)
    several.now = 600.0
    several.visit(SECOND)
    assert several.uids == ["2"]
    several.visit(SECOND)


def test_delayed_commit_is_not_put_off_by_a_second_dele() -> None:
    several = Several("delayed-commit 600")
    several.visit(DELE)
    several.now = 300.0
    several.visit(DELE)
    several.now = 600.0
    several.lose(SECOND)
    assert several.uids == ["1", "2"], "gone from the store at the next QUIT"


def test_expire() -> None:
    several = Several("expire 2", store=memory(ONE))
    first = "C: UIDL\nS: +OK ...\nS: 1 1\nS: .\n"
    several.lose(first)
    several.store.add("ann", TWO)
    several.visit(BOTH)
    assert several.uids == ["2"]
    several.visit(SECOND)
    several.visit(NOTHING)


def test_expire_deletes_nothing_twice() -> None:
    script = rules("expire")
    store = memory(ONE)
    heard: list[Event] = []
    for _ in range(2):
        visitor = logged_in(store, hooks=script, sink=Heard(heard, lines=True))
        play(visitor, QUIT)
    assert [event.uids for event in heard if isinstance(event, MessagesDeleted)] == [("1",)]


def test_expire_is_of_each_user() -> None:
    several = Several("expire", store=memory(ONE, user="mrose"))
    several.store.add("ann", TWO)
    login = "C: USER mrose\nS: +OK ...\nC: PASS tanstaaf\nS: +OK ...\n"
    several.visit("C: STAT\nS: +OK 1 33\n")
    several.play(login + "C: STAT\nS: +OK 1 23\n" + QUIT)
    several.visit("C: STAT\nS: +OK 0 0\n")
