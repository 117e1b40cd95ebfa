"""Wrong states, PASS, and lines that came too soon."""

import pytest

from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, challenge, listing
from pop3lab.core.request import Request
from tests.dialogue import fed

from .watched import Watched

LOGIN = """
    S: +OK...
    C: USER ann
    S: +OK...
    C: PASS secret
    S: +OK...
"""


class Says(Hooks):
    """Says something else to one verb."""

    def __init__(self, verb: str, reply: Reply) -> None:
        self.replies = self.sends = (verb,)
        self.told = reply

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self.told


@pytest.mark.parametrize("line", ["STAT", "NOOP", "LIST", "RETR 1", "RSET", "UIDL", "TOP 1 0"])
def test_a_command_of_transaction_before_the_login(line: str) -> None:
    watched = Watched()
    watched.play(f"S: +OK...\nC: {line}\nS: -ERR...")
    assert watched.found == [("wrong-state", f"C: {line}")]


@pytest.mark.parametrize("line", ["USER ann", "PASS secret", "STLS", "AUTH PLAIN", "UTF8"])
def test_a_command_of_authorization_after_the_login(line: str) -> None:
    watched = Watched()
    watched.play(f"{LOGIN}C: {line}\nS: -ERR...")
    assert [name for name, _ in watched.found] == ["wrong-state"]


def test_stls_under_tls() -> None:
    watched = Watched()
    session = watched.secure()
    list(fed(session, b"STLS\r\n"))
    assert watched.found == [("wrong-state", "C: STLS")]


@pytest.mark.parametrize("line", ["CAPA", "LANG", "QUIT", "XYZZY", "NOOP", "STAT"])
def test_what_belongs_there_or_is_unknown(line: str) -> None:
    watched = Watched()
    session = watched.play(LOGIN)
    list(fed(session, line.encode() + b"\r\n"))
    assert watched.found == []


def test_a_refused_login_leaves_the_client_before_it() -> None:
    watched = Watched()
    watched.play(
        """
        S: +OK...
        C: USER ann
        S: +OK...
        C: PASS wrong
        S: -ERR...
        C: STAT
        S: -ERR...
        """
    )
    assert watched.found == [("wrong-state", "C: STAT")]


@pytest.mark.parametrize(
    ("told", "ids"),
    [
        (Reply(None), []),
        (Reply(True, "fine\r\n-ERR or not"), []),
        (Reply(True, "whatever the server thinks"), ["wrong-state"]),
    ],
    ids=["nothing", "two answers", "success"],
)
def test_the_client_goes_by_what_it_was_told(told: Reply, ids: list[str]) -> None:
    watched = Watched(hooks=Says("PASS", told))
    session = watched.session()
    for line in (b"", b"USER ann\r\n", b"PASS wrong\r\n", b"STAT\r\n", b"PASS again\r\n"):
        list(fed(session, line) if line else session.greeting())
    assert [name for name, _ in watched.found] == ids  # of the second PASS, not of STAT


def test_pass_after_a_refused_user() -> None:
    watched = Watched(hooks=Says("USER", Reply(False, "no passwords here")))
    watched.play("S: +OK...\nC: USER ann\nS: -ERR...\nC: PASS secret\nS: +OK...")
    assert watched.found == [("pass-after-refused-user", "C: PASS ****")]


def test_another_way_after_a_refused_user() -> None:
    watched = Watched(hooks=Says("USER", Reply(False, "no passwords here")))
    watched.play("S: +OK...\nC: USER ann\nS: -ERR...\nC: QUIT\nS: +OK...\n(close)", "closed")
    assert watched.found == []


def test_pass_that_is_not_directly_after_user() -> None:
    watched = Watched()
    watched.play(
        """
        S: +OK...
        C: PASS secret
        S: -ERR...
        C: USER ann
        S: +OK...
        C: CAPA x
        S: -ERR...
        C: PASS secret
        S: -ERR...
        C: USER ann
        S: +OK...
        C: PASS wrong
        S: -ERR...
        C: PASS secret
        S: -ERR...
        """
    )
    assert watched.found == [
        ("pass-not-after-user", "C: PASS ****"),
        ("wrong-arguments", "C: CAPA x"),
        ("pass-not-after-user", "C: PASS ****"),
        ("pass-not-after-user", "C: PASS ****"),
    ]


def test_user_twice_and_another_login_on_the_same_connection() -> None:
    watched = Watched()
    watched.play(
        """
        S: +OK...
        C: USER bob
        S: +OK...
        C: USER ann
        S: +OK...
        C: PASS wrong
        S: -ERR...
        C: USER ann
        S: +OK...
        C: PASS secret
        S: +OK...
        """
    )
    assert watched.found == []


@pytest.mark.parametrize("line", ["STAT", "QUIT", "USER ann"])
def test_a_greeting_that_refuses_leaves_no_state(line: str) -> None:
    watched = Watched(hooks=Says("(greeting)", Reply(False, "go away")))
    session = watched.play("S: -ERR...")
    list(fed(session, line.encode() + b"\r\n"))
    assert watched.found == []


def test_a_challenge_that_nobody_asked_for() -> None:
    watched = Watched(hooks=Says("USER", challenge(b"+ \r\n")))
    watched.play("S: +OK...\nC: USER ann\nS: +...\nC: PASS secret\nS: +OK...")
    assert watched.found == []


# Too soon


def test_a_command_before_the_greeting() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"USER ann\r\n", early=True))
    assert watched.found == [("before-greeting", "C: USER ann")]


def test_before_the_greeting_nobody_knows_of_its_timestamp() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"APOP ann 0123456789abcdef0123456789abcdef\r\n", early=True))
    assert [name for name, _ in watched.found] == ["before-greeting"]


def test_the_second_list_adds_to_the_first() -> None:
    says = Says("CAPA", listing("", [b"PIPELINING\r\n"]))
    watched = Watched(hooks=says)
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"CAPA\r\n"))
    says.told = listing("", [b"TOP\r\n"])
    list(fed(session, b"CAPA\r\n"))
    list(fed(session, b"CAPA\r\nCAPA\r\n"))
    assert watched.found == []


def test_a_client_that_gives_up_before_the_greeting() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"QUIT\r\n", early=True))
    assert watched.found == []


def test_pipelining_without_the_capability() -> None:
    watched = Watched()
    session = watched.play(LOGIN)
    list(fed(session, b"STAT\r\nNOOP\r\n"))
    assert watched.found == [("pipelining", "C: NOOP")]


def test_behind_an_answer_whose_end_nobody_can_tell_nothing_is_too_soon() -> None:
    watched = Watched(hooks=Says("NOOP", Reply(True, "one\r\n+OK two")))
    session = watched.play(LOGIN)
    list(fed(session, b"NOOP\r\n"))
    list(fed(session, b"STAT\r\n", early=True))
    assert watched.found == []


def test_pipelining_that_was_announced() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"CAPA\r\n"))
    list(fed(session, b"USER ann\r\nPASS secret\r\nSTAT\r\nDELE 1\r\nRETR 1\r\nQUIT\r\n"))
    assert [name for name, _ in watched.found] == ["password-in-clear-though-sasl"]


def test_pipelining_together_with_the_question_for_it() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"CAPA\r\nUSER ann\r\n"))
    assert watched.found == [("pipelining", "C: USER ann")]


def test_a_line_in_two_pieces_is_not_early() -> None:
    watched = Watched()
    session = watched.play(LOGIN)
    for piece in (b"STAT\r\nNO", b"OP\r\n"):
        list(fed(session, piece))
    assert watched.found == []


def test_a_client_out_of_step_is_not_judged_by_answers() -> None:
    watched = Watched(hooks=Says("NOOP", Reply(True, "one\r\n+OK two")))
    session = watched.play(LOGIN)
    for line in (b"NOOP\r\n", b"USER ann\r\nSTAT 1\r\n", b"STAT\n"):
        list(fed(session, line))
    assert watched.found == [("bare-lf", r"C| STAT\n")]


@pytest.mark.slow
def test_more_is_pipelined_than_is_remembered() -> None:
    """The login is forgotten: nobody knows any more which state the client is in."""
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    list(fed(session, b"CAPA\r\n"))
    list(fed(session, b"USER ann\r\nPASS secret\r\n" + b"NOOP\r\n" * 10_000))
    list(fed(session, b"STAT\r\n"))
    assert [name for name, _ in watched.found] == ["password-in-clear-though-sasl"]
