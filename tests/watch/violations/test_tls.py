"""What goes by STLS, and what was known before it."""

from pop3lab.auth.accounts import Accounts
from pop3lab.core.actions import Part, Send
from pop3lab.core.events import Did
from pop3lab.core.offer import Offer
from pop3lab.core.session import Session

from .watched import SECURE, Watched

OFFER = Offer(tls=True, utf8=True)


def begun(watched: Watched, *lines: bytes) -> Session:
    """A session that has asked these in clear, and then begun TLS."""
    session = watched.session()
    list(session.greeting())
    for line in (*lines, b"STLS"):
        list(session.receive(line + b"\r\n"))
    session.secured(SECURE)
    return session


def ask(session: Session, *lines: bytes) -> None:
    for line in lines:
        list(session.receive(line + b"\r\n"))


def test_octets_behind_stls() -> None:
    watched = Watched(offer=OFFER)
    session = watched.session()
    list(session.greeting())
    list(session.receive(b"STLS\r\nUSER ann\r\n"))
    assert watched.found == [("behind-stls", "C: STLS")]


def test_a_command_behind_stls_that_is_refused() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(session.receive(b"STLS\r\nUSER ann\r\n"))
    assert watched.found == [("behind-stls", "C: USER ann")]


def test_capa_again_after_stls() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched, b"CAPA"), b"CAPA", b"UTF8", b"AUTH PLAIN AAAA", b"USER ann", b"PASS secret")
    assert watched.found == []


def test_no_capa_again_after_stls() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched, b"CAPA"), b"USER ann", b"PASS wrong", b"USER ann", b"PASS secret")
    assert watched.found == [("no-capa-after-stls", "C: USER ann")]


def test_capa_asked_neither_before_nor_after() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched), b"USER ann", b"PASS secret")
    assert watched.found == []


def test_a_mechanism_of_the_old_list() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched, b"CAPA"), b"AUTH PLAIN AAAA")
    assert watched.found == [
        ("no-capa-after-stls", "C: AUTH PLAIN ****"),
        ("facts-from-before-tls", "C: AUTH PLAIN ****"),
    ]


def test_a_capability_of_the_old_list() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched, b"CAPA"), b"UTF8")
    assert watched.found == [("facts-from-before-tls", "C: UTF8")]


def test_pipelining_by_the_old_list() -> None:
    watched = Watched(offer=OFFER)
    session = begun(watched, b"CAPA")
    list(session.receive(b"LANG en\r\nLANG en\r\n"))
    assert ("facts-from-before-tls", "C: LANG en") in watched.found
    assert "pipelining" not in [name for name, _ in watched.found]


def test_octets_that_nobody_asked_for_under_tls() -> None:
    watched = Watched(offer=OFFER)
    session = begun(watched)
    watched.tell(Did(1, Send(b"+OK and a second greeting\r\n", Part.HEAD)))
    ask(session, b"STAT")
    assert watched.found == []


def test_user_from_before_tls_does_not_count() -> None:
    watched = Watched(offer=OFFER)
    ask(begun(watched, b"USER ann"), b"PASS secret")
    assert watched.found == [("pass-not-after-user", "C: PASS ****")]


def test_implicit_tls_has_no_before() -> None:
    watched = Watched(users=Accounts({"ann": "secret"}))
    ask(watched.secure(), b"CAPA", b"USER ann", b"PASS secret", b"STAT")
    assert watched.found == []
