"""Rules in either order: both are seen, or one leaves the other nothing, which is said."""

from itertools import permutations

import pytest

from pop3lab.core.errors import ConfigError
from tests.behaviours.ruled import LOGIN, ruled, rules
from tests.dialogue import play


@pytest.mark.parametrize(
    ("one", "two", "missing"),
    [
        ("uidl-unsupported", "list-cut", "UIDL"),
        ("uidl-unsupported", "uidl-separator", "UIDL"),
        ("minimal-commands", "top-returns-all", "TOP"),
        ("top-unsupported", "double-ok", "TOP"),
        ("capa-overstates", "uidl-long", "UIDL"),
        ("dele-err", "dele-ignored", "DELE"),
        ("proxy-rewrite", "crlf-for-empty", "empty message"),
        ("tls-plain-text", "tls-renego-cleartext", "TLS"),
        ("stat-malformed", "continuation-anywhere", "number in the reply to STAT"),
        ("RETR -> no-reply", "RETR -> corrupt", "octet in the reply to RETR"),
        ("RETR -> reply", "retr-truncated-dot", None),
        ("RETR -> reply", "retr-cut-fin", "RETR"),
        ("session=2 -> uidl-unsupported", "uidl-separator", None),
        ("RETR 1 -> no-reply", "RETR -> corrupt", None),
        ("RETR nth=2 -> no-reply", "RETR -> corrupt", None),
        ("LIST -> no-reply", "RETR -> corrupt", None),
        ("double-ok verb=RETR", "top-unsupported", None),
        ("capa-overstates line=LAST", "uidl-long", None),
    ],
)
def test_one_that_is_left_nothing_is_refused(one: str, two: str, missing: str | None) -> None:
    for texts in permutations((one, two)):
        if missing is None:
            assert len(rules(*texts).active) == 2
            continue
        with pytest.raises(ConfigError, match="can't stand together") as caught:
            rules(*texts)
        assert f"there is no {missing}, so that " in str(caught.value)


def test_the_sentence_names_both_and_says_what_to_do() -> None:
    with pytest.raises(ConfigError) as caught:
        rules("uidl-unsupported", "list-cut")
    assert str(caught.value) == (
        "'uidl-unsupported' and 'list-cut' can't stand together: where uidl-unsupported holds "
        "there is no UIDL, so that list-cut has nothing to work on; leave one of them out, or let "
        "uidl-unsupported hold less often"
    )


@pytest.mark.parametrize(
    ("texts", "transcript"),
    [
        (("status-case", "double-ok verb=STAT"), "C: STAT\nS: +ok 2 56\nS: +ok 2 56"),
        (("stat-extra", "stat-malformed"), "C: STAT\nS: +OK 2  messages in maildrop"),
        (("bare-status", "status-long octets=9"), "C: NOOP\nS: +OK  xx"),
        (("size-huge octets=9", "size-estimate factor=2"), "C: LIST 1\nS: +OK 1 18"),
        (("RETR -> reply +OK", "RETR -> insert xy skip=1"), "C: RETR 1\nS: +xyOK"),
    ],
)
def test_two_show_both_in_either_order(texts: tuple[str, str], transcript: str) -> None:
    for ordered in permutations(texts):
        made = ruled(*ordered)
        login = "C: USER ann\nS: ...\nC: PASS secret\nS: ..."
        play(made, login)
        play(made, transcript)


def test_a_mechanism_is_offered_besides_the_only_ones_of_the_server() -> None:
    for texts in permutations(("auth-only PLAIN", "external-in-clear user=ann")):
        play(ruled(*texts), "C: AUTH LOGIN\nS: -ERR ...")
        play(ruled(*texts), "C: AUTH EXTERNAL =\nS: +OK ...")


@pytest.mark.parametrize(
    "quirk",
    [
        "retr-truncated-dot octets=3",
        "retr-ok-then-err octets=3",
        "no-final-newline",
        "autodelete",
        "retr-implies-delete",
        "terminator-short",
        "over-stuffing",
        "proxy-rewrite",
    ],
)
def test_lines_behind_a_refusal_are_no_message(quirk: str) -> None:
    for texts in permutations(("error-with-body", quirk)):
        play(
            ruled(*texts),
            LOGIN + "C: RETR 9\nS: -ERR ...\nS: and this is more\nS: .",
        )


def test_a_message_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    for texts in permutations(("retr-ok-then-err octets=9", "no-final-newline")):
        made = ruled(*texts)
        play(made, LOGIN + "C: RETR 1\nS: +OK 23 octets\nS: Subject: \nS: -ERR internal error")
        play(made, "C: TOP 1 0\nS: +OK ...\nS: Subject: one\nS: .")
