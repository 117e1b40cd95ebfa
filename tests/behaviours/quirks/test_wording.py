"""The words of a server."""

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import ConfigError
from tests.behaviours.quirks.several import PASS, Several, quirky, secure
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import ACCOUNTS, ONE, TIMESTAMP, done, fed, memory, play, sent, session
from tests.wording import READY

WRONG = "C: USER ann\nS: +OK ...\nC: PASS wrong\n"


def greeted(template: str) -> str:
    lines: list[str] = []
    made = session(hooks=rules(f'wording GREETING "{template}"'))
    for action in made.greeting():
        lines.append(action.data.decode())  # type: ignore[union-attr]
    return "".join(lines)


def test_wording_of_the_greeting() -> None:
    assert greeted("Hello there.") == "+OK Hello there.\r\n"
    assert greeted("") == "+OK\r\n"
    assert greeted("Dovecot ready. {stamp}") == f"+OK Dovecot ready. {TIMESTAMP}\r\n"
    assert greeted("{host} {{x}}") == "+OK dbc.mtview.ca.us {x}\r\n"
    assert greeted("Gpop ready for requests from {ip} {id}").startswith(
        "+OK Gpop ready for requests from 192.0.2.1 "
    )
    assert greeted("{text}") == f"{READY} {TIMESTAMP}\r\n"


def test_wording_of_the_greeting_keeps_apop_usable() -> None:
    play(
        session(hooks=rules('wording GREETING "{stamp}"'), store=memory(ONE, user="mrose")),
        f"""
        S: +OK {TIMESTAMP}
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: +OK ...
        """,
        greet=True,
    )


def test_wording_has_no_stamp_where_there_is_no_apop() -> None:
    made = session(hooks=rules("minimal-commands", 'wording GREETING "ready {stamp}"'))
    play(made, "S: +OK ready", greet=True)
    assert ACCOUNTS.offers_apop


def test_wording_with_fields() -> None:
    several = Several(
        'wording USER "hello {user}, please enter your password"',
        'wording PASS "{user}\'s mailbox has {count} total messages ({octets} octets)"',
        'wording RETR "{octets} octets of {n}, {uid}"',
        'wording DELE "message {n} marked for deletion"',
        'wording NOOP ""',
        'wording RSET "{count}"',
        'wording QUIT "deleted {deleted} message(s)"',
    )
    several.play(
        """
        C: USER ann
        S: +OK hello ann, please enter your password
        C: PASS secret
        S: +OK ann's mailbox has 2 total messages (56 octets)
        C: NOOP
        S: +OK
        C: RETR 1
        S: +OK 23 octets of 1, 1
        S: Subject: one
        S:
        S: hello
        S: .
        C: DELE 1
        S: +OK message 1 marked for deletion
        C: DELE 1
        S: -ERR ...
        C: RSET
        S: +OK 2
        C: DELE 2
        S: +OK message 2 marked for deletion
        C: QUIT
        S: +OK deleted 1 message(s)
        (close)
        """
    )
    assert several.uids == ["1"]


def test_wording_of_a_list_leaves_the_answer_for_one_message() -> None:
    quirky(
        'wording UIDL ""',
        'wording LIST "{count} messages:"',
        transcript=LOGIN
        + """
        C: UIDL
        S: +OK
        S: 1 1
        S: 2 2
        S: .
        C: UIDL 2
        S: +OK 2 2
        C: LIST
        S: +OK 2 messages:
        S: 1 23
        S: 2 33
        S: .
        C: LIST 2
        S: +OK 2 33
        """,
    )


def test_wording_of_errors() -> None:
    quirky(
        'wording PASS "[AUTH] Authentication failed." err=yes',
        transcript=WRONG + "S: -ERR [AUTH] Authentication failed." + LOGIN,
    )
    quirky(
        'wording PASS "no {count} {octets} {deleted} {uid}" err=yes',
        transcript=WRONG + "S: -ERR no 0 0 0",
    )


def test_wording_of_errors_with_a_code() -> None:
    several = Several('wording PASS "locked" err=yes code=IN-USE')
    several.play(WRONG + "S: -ERR [AUTH] ..." + LOGIN)
    several.play(PASS + "S: -ERR locked")


def test_wording_of_a_number_that_is_none() -> None:
    quirky(
        'wording RETR "{n} {octets} {uid}" err=yes',
        transcript=LOGIN
        + "C: RETR 9\nS: -ERR 9 56\nC: RETR x\nS: -ERR x 56\nC: RETR\nS: -ERR  56".replace(
            "-ERR  56", "-ERR 56"
        ),
    )


def test_wording_by_a_condition() -> None:
    several = Several('QUIT state=AUTHORIZATION -> wording QUIT "Better luck next time."')
    several.play("C: QUIT\nS: +OK Better luck next time.\n(close)")
    several.visit("")


@pytest.mark.parametrize("template", ["{nonsense}", "{", "a\\r\\nb", "{0}", "{}", "{n.x}"])
def test_wording_refuses_a_template_that_can_not_be_filled(template: str) -> None:
    with pytest.raises(ConfigError, match="whose fields are among"):
        parse_rule(f'wording RETR "{template}"')


def test_wording_is_written_as_it_was_read() -> None:
    for text in ('wording DELE ""', 'wording PASS "a \\xff{n}" err=yes code=AUTH'):
        assert str(parse_rule(text)) == text
    quirky('wording NOOP "a\\xff"', transcript=LOGIN + r"C: NOOP" + "\n" + r"S: +OK a\xff")


def test_capa_lines() -> None:
    quirky(
        'capa-lines "TOP,USER,SASL PLAIN LOGIN,.dot"',
        transcript="""
        C: CAPA
        S: +OK ...
        S: TOP
        S: USER
        S: SASL PLAIN LOGIN
        S: ..dot
        S: .
        """,
    )
    quirky('capa-lines ""', transcript="C: CAPA\nS: +OK ...\nS: .")


def test_capa_lines_by_state() -> None:
    several = Several(
        "capa-lines STLS state=before", "capa-lines USER state=tls", "capa-lines UIDL state=after"
    )
    played = several.session(ServerCapabilities(tls=True))
    capa = "C: CAPA\nS: +OK ...\nS: {}\nS: .\n"
    play(played, capa.format("STLS") + "C: STLS\nS: +OK ...\n(start TLS)\n")
    play(secure(played), capa.format("USER") + LOGIN + capa.format("UIDL"))


def test_capa_lines_that_stand_for_what_there_is() -> None:
    several = Several("capa-lines {stls},{sasl},X")
    capa = "C: CAPA\nS: +OK ...\n{}S: X\nS: .\n"
    names = [mechanism.name for mechanism in several.session().state.mechanisms()]
    sasl = f"S: SASL {' '.join(names)}\n"
    play(several.session(), capa.format(sasl))
    play(several.session(ServerCapabilities(tls=True)), capa.format("S: STLS\n" + sasl) + LOGIN)


def test_wording_in_another_charset() -> None:
    text = "\u6210\u529f"
    for charset in ("gbk", "utf-8", "big5"):
        made = session(hooks=rules(f'wording USER "{text} {{user}}" charset={charset}'))
        answer = sent(done(fed(made, b"USER ann\r\n")))
        assert answer == b"+OK " + text.encode(charset) + b" ann\r\n"
    made = session(hooks=rules(f'wording PASS "{text}" err=yes charset=gbk'))
    answer = sent(done(fed(made, b"USER ann\r\nPASS wrong\r\n")))
    assert answer.endswith(b"\r\n-ERR " + text.encode("gbk") + b"\r\n")


@pytest.mark.parametrize("charset", ["utf-16", "utf-7x", "cp500", ""])
def test_wording_in_no_charset_of_ascii(charset: str) -> None:
    with pytest.raises(ConfigError, match="charset wants a character set such as gbk"):
        parse_rule(f'wording USER "" charset="{charset}"')


def test_wording_of_what_the_charset_has_not() -> None:
    made = session(hooks=rules('wording USER "d\xe9j\xe0" charset=ascii'))
    assert sent(done(fed(made, b"USER ann\r\n"))) == b"+OK d?j?\r\n"


def test_wording_of_a_wrong_password_leaves_the_reason_of_a_rule() -> None:
    wrong = 'wording PASS "wrong" err=yes code=AUTH'
    quirky(wrong, transcript=WRONG + "S: -ERR wrong")
    quirky("auth-fail-permanent text=why", wrong, transcript=PASS + "S: -ERR [AUTH] why")
    # Where nobody can know of codes, it is the refusal without one.
    quirky("rfc1939-commands", wrong, transcript=WRONG + "S: -ERR wrong")


def test_wording_of_auth_is_that_of_a_login() -> None:
    several = Several("auth-ok-instead-of-plus", 'wording AUTH "welcome"')
    several.play("C: AUTH PLAIN\nS: +OK\nC: AGFubgBzZWNyZXQ=\nS: +OK welcome")
