"""Conditions on the words of a command, and on the responses of SASL."""

from base64 import b64encode

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.errors import ConfigError
from pop3lab.core.session import Session
from tests.behaviours.ruled import rules
from tests.dialogue import fed, logged_in, play, session
from tests.wording import LOG_IN_FIRST, NO_BASE64, UNKNOWN

NO = "S: -ERR no\n"
WRONG = b64encode(b"\0ann\0wrong").decode()
RIGHT = b64encode(b"\0ann\0secret").decode()
FAILED = "S: -ERR [AUTH] ...\n"
MALFORMED = f"S: {NO_BASE64}\n"
CHALLENGED = "C: AUTH PLAIN\nS: +\x20\n"


def entered(*texts: str) -> Session:
    return logged_in(hooks=rules(*texts))


def test_a_word_of_a_command() -> None:
    headers = "C: TOP 1 1\nS: +OK top of ...\nS: Subject: one\nS:\nS: hello\nS: .\n"
    played = entered("TOP 2=0 -> reply")
    play(played, "C: TOP 1 0\n" + NO + headers + "C: TOP 2 00\n" + NO)
    play(entered("TOP 1 2=0 -> reply"), "C: TOP 1 0\n" + NO + headers + "C: top 1  0\n" + NO)


def test_numbers_are_compared_where_the_server_reads_one() -> None:
    played = session(hooks=rules("USER 1=7 -> reply", "AUTH 1=7 -> reply"))
    play(played, "C: USER 07\nS: +OK ...\nC: USER 7\n" + NO)
    play(entered("DELE 1=01 -> reply"), "C: DELE 1\n" + NO + "C: DELE 2\nS: +OK ...")


def test_a_word_in_a_case_of_its_own() -> None:
    played = session(hooks=rules("USER 1=ann -> reply"))
    play(played, "C: USER Ann\nS: +OK ...\nC: USER ann\n" + NO)
    for line in ("AUTH PLAIN", "auth plain"):
        play(session(hooks=rules("AUTH 1=PLAIN -> reply")), f"C: {line}\n{NO}")


def test_how_many_words() -> None:
    played = session(hooks=rules("AUTH words=0 -> reply"))
    play(played, "C: AUTH\n" + NO + f"C: AUTH PLAIN {WRONG}\n" + FAILED + "C: AUTH \n" + NO)
    listed = "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .\n"
    play(entered("LIST words=1.. -> reply"), listed + "C: LIST 1\n" + NO)


def test_words_of_commands_that_there_are_not() -> None:
    play(
        entered("XTND 1=XMIT -> reply"),
        f"C: XTND XLST\nS: {UNKNOWN}\nC: XTND XMIT\n" + NO,
    )


def test_verbs_of_rules_in_any_case() -> None:
    play(entered("stat -> reply", "Noop -> reply"), "C: STAT\n" + NO + "C: noop\n" + NO)
    assert parse_rule("retr 2 -> reset") == parse_rule("RETR 2 -> reset")


# Secrets


@pytest.mark.parametrize(
    ("when", "verb"),
    [
        ("PASS 1=hunter2", "PASS"),
        ("PASS 2=hunter2", "PASS"),
        ("PASS 4711", "PASS"),
        ("not PASS 4711 PASS 4711", "PASS"),
        ("PASS not 1=hunter2", "PASS"),
        ("(tls or 1=hunter2) PASS", "PASS"),
        ("(PASS or APOP) 2=hunter2", "APOP"),
        ("APOP 2=hunter2", "APOP"),
        ("AUTH 1=PLAIN 2=hunter2", "AUTH"),
        ("LOGIN 2=hunter2", "LOGIN"),
        ("rpop 1=hunter2", "RPOP"),
        ("USER or PASS 1=hunter2", "PASS"),
    ],
)
def test_secrets_are_no_conditions_and_are_not_said_again(when: str, verb: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rule(f"{when} -> reset")
    assert f"that word of {verb} is a secret" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("when", ["1=secret", "any 2=secret", "(USER or PASS) 1=secret"])
def test_no_rule_finds_out_a_secret(when: str) -> None:
    played = session(hooks=rules(f"{when} -> reply"))
    play(played, "C: USER ann\nS: +OK ...\nC: PASS secret\nS: +OK ...")
    by_number = session(hooks=rules("any 4711 -> reply"))
    play(by_number, "C: USER ann\nS: +OK ...\nC: PASS 4711\n" + FAILED)


def test_how_many_words_a_password_has_is_no_secret() -> None:
    played = session(hooks=rules("PASS words=2.. -> reply"))
    play(played, "C: USER ann\nS: +OK ...\nC: PASS sec ret\n" + NO)


# Responses of SASL


def test_the_response_apart_from_its_auth_line() -> None:
    script = rules("RESPONSE -> reply")
    play(session(hooks=script), CHALLENGED + f"C: {WRONG}\n{NO}C: AUTH PLAIN {WRONG}\n{FAILED}")
    assert script.active[0].hits == 1


def test_the_auth_line_apart_from_its_response() -> None:
    script = rules("AUTH not RESPONSE -> reply-twice")
    play(session(hooks=script), CHALLENGED + f"S: +\x20\nC: {WRONG}\n{FAILED}")
    assert script.active[0].hits == 1


def test_the_response_of_one_mechanism() -> None:
    script = rules("RESPONSE 1=PLAIN -> reply")
    challenged = "C: AUTH SCRAM-SHA-256\nS: +\x20\n"
    play(
        session(hooks=script),
        challenged + "C: !\n" + MALFORMED + CHALLENGED + f"C: {WRONG}\n{NO}" + challenged,
    )
    assert script.active[0].hits == 1


def test_auth_with_a_challenge_counts_once() -> None:
    script = rules("AUTH nth=2 -> reply")
    play(session(hooks=script), CHALLENGED + f"C: {WRONG}\n{FAILED}C: AUTH PLAIN {WRONG}\n{NO}")
    assert script.active[0].hits == 1
    any_command = rules("nth=3 -> reply")
    noop = f"C: NOOP\nS: {LOG_IN_FIRST}\n"
    play(session(hooks=any_command), CHALLENGED + f"C: {WRONG}\n{FAILED}{noop}C: NOOP\n{NO}")


@pytest.mark.parametrize("what", ["delay 1", "reply-twice", "slice 1", "extra-crlf"])
def test_auth_with_a_challenge_is_one_hit(what: str) -> None:
    if what == "extra-crlf":
        what = "tarpit-every-command 1"
    script = rules(f"AUTH times=1 -> {what}")
    played = session(hooks=script)
    for line in (b"AUTH PLAIN\r\n", RIGHT.encode() + b"\r\n"):
        assert len(list(fed(played, line))) > 1  # both are bent
    assert script.active[0].hits == 1


def test_a_quirk_holds_for_the_whole_of_auth() -> None:
    script = rules("AUTH nth=1 -> auth-fail-disconnect")
    play(session(hooks=script), CHALLENGED + f"C: {WRONG}\n{FAILED}(close)")
    other = "C: AUTH PLAIN =\nS: -ERR ...\n" + CHALLENGED + f"C: {WRONG}\n{FAILED}"
    play(session(hooks=rules("AUTH nth=9 -> auth-fail-disconnect")), other)


def test_responses_are_counted_where_they_are_told_apart() -> None:
    script = rules("RESPONSE nth=2 -> reply")
    twice = CHALLENGED + f"C: {WRONG}\n"
    play(session(hooks=script), twice + FAILED + twice + NO)


def test_a_behaviour_that_never_meets_a_response_is_refused() -> None:
    with pytest.raises(ConfigError, match="never holds then"):
        rules("RESPONSE -> extra-crlf")


def test_auth_and_its_responses_may_meet_unless_told_apart() -> None:
    with pytest.raises(ConfigError, match="can't stand together"):
        rules("AUTH -> reply", "RESPONSE -> no-reply")
    rules("AUTH not RESPONSE -> reply", "RESPONSE -> no-reply")
    rules("AUTH 1=PLAIN -> reply", "AUTH 1=CRAM-MD5 -> no-reply")
