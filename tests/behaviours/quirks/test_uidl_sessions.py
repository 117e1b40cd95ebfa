"""Unique-ids that do not last."""

from hashlib import md5

import pytest

from tests.behaviours.visiting import THREE, Visiting
from tests.dialogue import ONE, TWO, memory

QUIT = "C: QUIT\nS: +OK ...\n(close)\n"


def listed(*uids: str) -> str:
    lines = "".join(f"S: {number} {uid}\n" for number, uid in enumerate(uids, 1))
    return f"C: UIDL\nS: +OK ...\n{lines}S: .\n"


def test_uidl_all_changed() -> None:
    there = Visiting("uidl-all-changed")
    there.visits(
        listed("1", "2", "3"),
        listed("moved-1-1", "moved-1-2", "moved-1-3")
        + "C: RETR 2\nS: +OK 33 octets\nS: ..Subject: two\nS:\nS: ..\nS: ...dots\nS: end\nS: .\n"
        + "C: DELE 2\nS: +OK ...\n"
        + QUIT,
        listed("moved-1-1", "moved-1-3"),
    )
    assert there.read == ["2"]
    assert there.deleted == ["2"]


def test_unique_ids_may_change_again() -> None:
    Visiting("uidl-all-changed sessions=1,3 prefix=x", store=memory(ONE)).visits(
        listed("x1-1"), listed("x1-1"), listed("x2-1")
    )


def test_a_changed_unique_id_is_no_longer_than_it_may_be() -> None:
    long = "p" * 68
    Visiting(f"uidl-all-changed sessions=1 prefix={long}", store=memory(ONE)).visits(
        listed(md5(f"{long}1-1".encode(), usedforsecurity=False).hexdigest())
    )
    short = "p" * 67
    Visiting(f"uidl-all-changed sessions=1 prefix={short}", store=memory(ONE)).visits(
        listed(f"{short}1-1")
    )


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("uidl-format-changes", ("1", "2"), ("UID1-1", "UID2-1")),
        (
            "uidl-format-changes before=hex after=decimal validity=17",
            ("0000000100000011", "0000000200000011"),
            ("1", "2"),
        ),
        (
            "uidl-format-changes before=UIDn after=validity.uid validity=7",
            ("UID1", "UID2"),
            ("7.1", "7.2"),
        ),
        ("uidl-format-changes after=validity-uid", ("1", "2"), ("1-1", "1-2")),
    ],
)
def test_uidl_format_changes(rule: str, before: tuple[str, str], after: tuple[str, str]) -> None:
    Visiting(rule, store=memory(ONE, TWO)).visits(listed(*before), listed(*after), listed(*after))


def test_a_format_is_of_the_same_message_when_numbers_have_moved() -> None:
    Visiting("uidl-format-changes").visits(
        listed("1", "2", "3") + "C: DELE 1\nS: +OK ...\n" + QUIT,
        listed("UID2-1", "UID3-1"),
    )


def test_uidl_reused() -> None:
    there = Visiting("uidl-reused", store=memory(ONE, TWO))
    delete = "C: DELE 1\nS: +OK ...\n"
    there.visits(listed("1", "2") + delete + QUIT, listed("2"))
    there.store.add("ann", THREE)
    there.store.add("ann", THREE)
    there.visits(
        listed("2", "1", "4"),
        "C: UIDL 2\nS: +OK 2 1\nC: DELE 2\nS: +OK ...\n" + QUIT,
        listed("2", "4"),
    )
    assert there.deleted == ["1", "3"]


def test_uidl_shrinks() -> None:
    Visiting("uidl-shrinks").visits(
        listed("1", "2", "3"),
        listed("1", "2") + "C: STAT\nS: +OK 2 56",
        listed("1", "2", "3"),
    )
    Visiting("uidl-shrinks count=9 sessions=1").visits(listed(), listed("1", "2", "3"))
