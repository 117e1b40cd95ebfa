"""Numbers, sizes and unique-ids that are made to break what reads them."""

import pytest

from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.behaviours.visiting import THREE, Visiting
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent
from tests.wording import DELETED_TWO, UIDS_FOLLOW, as_sent

HEAD = as_sent(UIDS_FOLLOW)


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def asked(played: Session, line: bytes) -> bytes:
    return sent(done(fed(played, line + b"\r\n")))


def test_list_index_attack() -> None:
    more = """
        S: 0 5
        S: -1 5
        S: 2147483648 5
        S: 4294967295 5
        S: 9223372036854775808 5
        S: .
    """
    play(
        under("list-index-attack"),
        f"C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\n{more}"
        f"C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\n{more}C: LIST 1\nS: +OK 1 23",
    )
    play(
        under("list-index-attack numbers=-7"), "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: -7 5\nS: ."
    )


def test_size_int_attack() -> None:
    total = -1 + 2**31 - 1 + 2**32 + 2**64 - 1
    play(
        under("size-int-attack", store=memory(ONE, TWO, THREE, ONE, TWO)),
        f"""
        C: LIST
        S: +OK 5 messages ({total} octets)
        S: 1 -1
        S: 2 2147483647
        S: 3 4294967296
        S: 4 18446744073709551616
        S: 5 -1
        S: .
        C: STAT
        S: +OK 5 {total}
        C: RETR 3
        S: +OK 4294967296 octets
        S: Subject: three
        S:
        S: bye
        S: .
        """,
    )
    play(under("size-int-attack sizes=7"), "C: STAT\nS: +OK 2 14")


@pytest.mark.parametrize(
    ("rule", "one", "two"),
    [
        ("uidl-overflow", b"A" * 99_999 + b"1", b"A" * 99_999 + b"2"),
        ("uidl-overflow octets=2", b"A1", b"A2"),
        ("uidl-path", b"../../../../tmp/1", b"../../../../tmp/2"),
        ("uidl-path form=absolute", b"/tmp/1", b"/tmp/2"),
        ("uidl-path form=drive", b"C:\\Windows\\Temp\\1", b"C:\\Windows\\Temp\\2"),
        ("uidl-path form=device", b"CON.1", b"CON.2"),
        ("uidl-zero", b"", b""),
        ("uidl-multibyte", b"1\xc3(\xe2\x82", b"2\xc3(\xe2\x82"),
    ],
)
def test_hostile_unique_ids(rule: str, one: bytes, two: bytes) -> None:
    played = under(rule)
    assert asked(played, b"UIDL") == HEAD + b"1 %s\r\n2 %s\r\n.\r\n" % (one, two)
    assert asked(played, b"UIDL 2") == b"+OK 2 %s\r\n" % two
    play(played, "C: DELE 2\nS: +OK ...\nC: STAT\nS: +OK 1 23")


def test_duplicate_uid_hang() -> None:
    play(
        under("duplicate-uid-hang"),
        """
        C: UIDL
        S: +OK ...
        S: 1 the-same
        S: 2 the-same
        S: .
        C: UIDL 2
        S: +OK 2 the-same
        C: LIST 1
        S: +OK 1 41
        C: RETR 1
        S: +OK 41 octets
        S: X-UIDL: the-same
        S: Subject: one
        S:
        S: hello
        S: .
        C: TOP 2 0
        S: +OK ...
        S: X-UIDL: the-same
        S: ..Subject: two
        S:
        S: .
        """,
    )


def test_what_has_the_same_unique_id_is_deleted_by_its_number() -> None:
    there = Visiting("duplicate-uid-hang uid=x", store=memory(ONE, TWO))
    there.visit("C: UIDL 1\nS: +OK 1 x\nC: DELE 2\nS: +OK ...\nC: QUIT\nS: +OK ...\n(close)")
    assert there.deleted == ["2"]


def test_user_arg_injection() -> None:
    play(
        under("user-arg-injection"),
        """
        C: UIDL
        S: +OK ...
        S: 1 1
        S: DELE 1
        S: 2 2
        S: DELE 1
        S: .
        C: LIST
        S: +OK ...
        S: 1 23
        S: DELE 1
        S: 2 33
        S: DELE 1
        S: .
        C: UIDL 2
        S: +OK 2 2
        S: DELE 1
        C: STAT
        S: +OK 2 56
        """,
    )


@pytest.mark.parametrize(("by", "octets"), [("lf", b"\n"), ("cr", b"\r"), ("crlf", b"\r\n")])
def test_user_arg_injection_behind_the_number(by: str, octets: bytes) -> None:
    attack = under(f"user-arg-injection command=NOOP at=number by={by}")
    listed = b"1%bNOOP 1\r\n2%bNOOP 2\r\n.\r\n" % (octets, octets)
    assert asked(attack, b"UIDL") == HEAD + listed
    assert asked(attack, b"LIST 2") == b"+OK 2%bNOOP 33\r\n" % octets


def test_what_a_client_sends_back_is_a_command() -> None:
    """Of one that takes a line up to its CRLF, and all before the last space for the number."""
    attack = under('user-arg-injection command="DELE 2" at=number by=lf')
    number, _, _ = asked(attack, b"UIDL").split(b"\r\n")[1].rpartition(b" ")
    assert asked(attack, b"RETR " + number).endswith(b".\r\n" + as_sent(DELETED_TWO))
