from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.actions import Action
from pop3lab.core.errors import ConfigError
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.rules.condition_parser import parse_condition
from pop3lab.rules.condition_scope import states_of, verbs_of
from pop3lab.rules.conditions import Condition, EvaluationContext
from tests.behaviours.quirks.several import Several
from tests.behaviours.ruled import LOGIN
from tests.dialogue import done, fed, session
from tests.rules.conditions import conditions


class Asked:
    """A condition, asked again and again."""

    def __init__(self, text: str, seed: int = 1, asking: Session | None = None) -> None:
        self.condition: Condition = parse_condition(text).condition
        self._random = Random(seed)
        self._counts: dict[int, int] = {}
        self._session = asking or session()

    def about(self, line: str, nth: int = 1) -> bool:
        verb, space, rest = line.partition(" ")
        request = Request(verb, rest if space else None)
        return self.condition.holds(
            EvaluationContext(self._session.state, request, nth, self._random, self._counts)
        )

    def times(self, *lines: str) -> list[int]:
        """Which of these, from 1, it holds for."""
        return [place for place, line in enumerate(lines, 1) if self.about(line)]


@given(conditions)
def test_what_is_written_is_read_back(text: str) -> None:
    when = parse_condition(text).condition
    assert parse_condition(str(when)).condition == when


LINES = st.sampled_from(["RETR 2", "LIST", "QUIT", "X-Y 7", "FOO"])


@given(conditions, st.lists(LINES, max_size=9))
def test_what_is_read_back_holds_for_the_same(text: str, lines: list[str]) -> None:
    read = Asked(text)
    again = Asked(str(read.condition) or "any")
    assert read.times(*lines) == again.times(*lines)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("RETR", "RETR"),
        ("  RETR   2  and nth=1", "RETR 2 nth=1"),
        ("any nth=..3", "any nth=1..3"),
        ("not (RETR or LIST) tls", "not (RETR or LIST) tls"),
        ("RETR 2 or LIST and nth=2", "RETR 2 or LIST nth=2"),
        ("(RETR)", "RETR"),
        ("not not tls", "not not tls"),
        ('user="a b"', 'user="a b"'),
        ('user="ann"', "user=ann"),
        (r'user="\"\x00(\\"', r'user="\"\x00(\\"'),
        ("chance=0.50", "chance=0.5"),
        ("chance=1", "chance=1"),
        ("retr 2", "RETR 2"),
        ("Top 2=0 or greeting", "TOP 2=0 or GREETING"),
        ("Any nth=2", "any nth=2"),
        ("xList", "XLIST"),
        ("auth 1=CRAM-MD5 words=1..", "AUTH 1=CRAM-MD5 words=1.."),
        ('USER 1="a b"', 'USER 1="a b"'),
        ("USER 01=ann", "USER 1=ann"),
        ("USER 1=a=b", 'USER 1="a=b"'),
        ("(RETR or LIST) or tls", "(RETR or LIST) or tls"),
    ],
)
def test_as_it_is_written(text: str, written: str) -> None:
    assert str(parse_condition(text).condition) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retrr 2", "at 'retrr 2': unknown condition, did you mean 'RETR'?"),
        ("foo", "at 'foo': unknown condition"),
        ("0=x", "at '0=x': the words behind a verb are counted from 1"),
        ("USER 1=", "at '1=': a word is wanted, or words=0 for none"),
        ("AUTH words=", "at 'words=': a number from 0, or a range such as 2..4 or 2.., is wanted"),
        ("AUTH words=3..1", "at 'words=3..1': numbers begin with 0, and a range with the smaller"),
        ("USER one=x", "at 'one=x': unknown condition, did you mean"),
        ("RETR nht=1", "at 'nht=1': unknown condition, did you mean 'nth='?"),
        ("RETR sesion=1", "at 'sesion=1': unknown condition, did you mean 'session='?"),
        ("RETR tsl", "at 'tsl': unknown condition, did you mean 'tls'?"),
        ("RETR, LIST", "at 'RETR, LIST': unknown condition, did you mean"),
        ("2", "at '2': a number of a message stands behind a verb: RETR 2"),
        ("RETR nth=0", "at 'nth=0': numbers begin with 1, and a range with the smaller one"),
        ("RETR nth=4..2", "at 'nth=4..2': numbers begin with 1"),
        ("RETR nth=..", "at 'nth=..': a number from 1, or a range such as 2..4 or 2.., is wanted"),
        ("RETR every=no", "at 'every=no': a number from 1 is wanted"),
        ("RETR times=0", "at 'times=0': a number from 1 is wanted"),
        ("RETR chance=2", "at 'chance=2': a number from 0 to 1 is wanted"),
        ("RETR chance=nan", "at 'chance=nan': a number from 0 to 1 is wanted"),
        ("state=TRANS", "at 'state=TRANS': unknown state, did you mean 'TRANSACTION'?"),
        ("user=", "at 'user=': the name of a user is wanted"),
        ('user="ann', "at '\"ann': there is no second quote for this one"),
        ("RETR (tls", "at '(tls': there is no ) for this ("),
        ("RETR tls)", "at ')': there is no ( for this )"),
        ("RETR or", "at the end of 'RETR or': a condition is wanted"),
        ("or RETR", "at 'or RETR': a condition is wanted"),
        ("RETR not", "at the end of 'RETR not': a condition is wanted"),
        ("()", "at ')': a condition is wanted"),
        ("RETR part=tail", "at 'part=tail': a part is one of head, body, end"),
        ("RETR line=x", "at 'line=x': a number from 0 is wanted"),
        ("RETR line=1 octet=2", "at 'octet=2': a rule has one place: line, part or octet"),
        ("not times=1", "at 'times=1': times holds for the whole rule, not under not, or and ( )"),
        ("RETR or line=1", "at 'line=1': line holds for the whole rule"),
        ("line=1 or RETR", "at 'or RETR': times, line, part and octet hold for the whole rule"),
        ("not line=1", "at 'line=1': line holds for the whole rule"),
        ("state=transaction", "at 'state=transaction': unknown state, did you mean 'TRANSACT"),
        ("state=qqq", "at 'state=qqq': unknown state"),
        ("RETR times=1 times=2", "at 'times=2': times is given twice"),
        ("RETTR 2", "at 'RETTR 2': unknown verb, did you mean 'RETR'?"),
        ("not (LISR)", "at 'LISR)': unknown verb, did you mean 'LIST'?"),
        ("CONECT", "at 'CONECT': unknown verb, did you mean 'CONNECT'?"),
        ("BRAEK", "at 'BRAEK': unknown verb, did you mean 'BREAK'?"),
        ("RETR, nth=1", "at 'RETR, nth=1': unknown condition, did you mean 'RETR'?"),
        (f"RETR {'9' * 41}", f"at '{'9' * 41}': a number has at most 40 digits"),
    ],
)
def test_mistakes_name_the_place_and_the_nearest_right_word(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_condition(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "verb", ["XTND", "LAST", "RPOP", "HELP", "EXIT", "X-SENDER", "XLST", "FOO", "PING"]
)
def test_verbs_that_are_like_no_other_are_taken(verb: str) -> None:
    assert str(parse_condition(verb).condition) == verb


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"RETR {name}{DIGITS}"
            for name in ("", "nth=", "nth=2..", "every=", "session=", "line=")
        ),
        f"RETR times={DIGITS}",
        "not " * 3000 + "tls",
        "(" * 3000 + "tls" + ")" * 3000,
        "RETR or (" * 3000,
    ],
    ids=lambda text: text[:15],
)
def test_what_is_too_long_or_too_deep_is_a_mistake_like_others(text: str) -> None:
    assert mistake(text).startswith("at ")
    assert len(mistake(text)) < 6000


def test_what_is_deep_but_not_too_deep_is_taken() -> None:
    assert str(parse_condition("not " * 50 + "tls").condition) == "not " * 50 + "tls"
    assert "at most 50 deep" in mistake("not " * 51 + "tls")
    assert mistake(" or ".join(["RETR"] * 99)) == ""


def test_numbers_are_compared_as_the_server_reads_them() -> None:
    assert Asked("RETR 1").times(
        "RETR 1", "RETR 01", "RETR 001 2", "RETR 10", "RETR x", "RETR"
    ) == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("RETR", {"AUTHORIZATION", "TRANSACTION", "UPDATE"}),
        ("RETR state=UPDATE", {"UPDATE"}),
        ("not state=UPDATE", {"AUTHORIZATION", "TRANSACTION"}),
        ("state=UPDATE or state=TRANSACTION", {"TRANSACTION", "UPDATE"}),
        ("state=UPDATE state=TRANSACTION", set()),
    ],
)
def test_the_states_in_which_a_condition_may_hold(text: str, states: set[str]) -> None:
    assert states_of(parse_condition(text).condition) == states


def test_place_and_times_are_the_whole_rules() -> None:
    read = parse_condition("(RETR or LIST) line=3 times=2")
    assert (str(read.condition), str(read.target), read.times) == ("RETR or LIST", "line=3", 2)


def mistake(text: str) -> str:
    """What is wrong with it, or nothing."""
    try:
        parse_condition(text)
    except ConfigError as error:
        return str(error)
    return ""


@given(st.text('RETLISnth= ()"\\\\1.not', max_size=12))
def test_any_text_is_a_condition_or_a_mistake_that_is_shown(text: str) -> None:
    assert not mistake(text) or mistake(text).startswith("at ")


TURNS = ("RETR 1", "LIST", "RETR 2", "RETR 2", "LIST", "RETR 2", "RETR 1")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("RETR", [1, 3, 4, 6, 7]),
        ("RETR 2", [3, 4, 6]),
        ("any nth=3", [3]),
        ("RETR nth=3", [4]),
        ("nth=3 RETR", [4]),
        ("RETR 2 nth=2..", [4, 6]),
        ("RETR every=2", [3, 6]),
        ("not RETR", [2, 5]),
        ("(RETR nth=2) or (LIST nth=2)", [3, 5]),
        ("RETR nth=1 or LIST nth=1", [1, 2]),
        ("(nth=2 RETR) RETR 2", [4]),  # what counts is asked last, on every level
        ("RETR 2 (any nth=2)", [4]),
        ("RETR not nth=1", [3, 4, 6, 7]),
        ("not nth=1 LIST", [5]),
        ("LIST not nth=1", [5]),
        ("not (RETR nth=1..2)", [2, 4, 5, 6, 7]),
        ("RETR (nth=1 or nth=3)", [1, 4]),
        ("RETR nth=2 every=2", [3]),
        ("any chance=0", []),
        ("any chance=1 nth=2", [2]),
    ],
)
def test_what_is_counted(text: str, held: list[int]) -> None:
    assert Asked(text).times(*TURNS) == held


def test_chance_is_repeated_by_its_seed() -> None:
    turns = ["NOOP"] * 200
    held = Asked("NOOP chance=0.25", seed=5).times(*turns)
    assert held == Asked("NOOP chance=0.25", seed=5).times(*turns)
    assert held != Asked("NOOP chance=0.25", seed=6).times(*turns)
    assert 20 < len(held) < 80


def test_state_user_channel_and_session() -> None:
    asking = session()
    done(asking.greeting())
    user, state, tls = (
        Asked(text, asking=asking) for text in ("user=ann", "state=AUTHORIZATION", "tls")
    )
    assert user.about("USER ann")
    assert not user.about("USER eve")
    assert not user.about("STAT")
    assert state.about("STAT")
    done(fed(asking, b"USER ann\r\nPASS secret\r\n"))
    assert user.about("STAT")
    assert not state.about("STAT")
    assert not tls.about("STAT")
    asking.tls_established(asking.channel._replace(secure=True))
    assert tls.about("STAT")
    assert Asked("session=2..").about("STAT", nth=2)
    assert not Asked("session=2..").about("STAT", nth=1)


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("RETR 2 nth=1", {"RETR"}),
        ("RETR or LIST tls", {"RETR", "LIST"}),
        ("RETR or tls", None),
        ("not RETR", None),
        ("any nth=1", None),
        ("(RETR or LIST) (LIST or QUIT)", {"LIST"}),
        ("RETR LIST", set()),
        ("CONNECT or GREETING", {"(connect)", "(greeting)"}),
    ],
)
def test_the_verbs_for_which_a_condition_may_hold(text: str, verbs: set[str] | None) -> None:
    assert verbs_of(parse_condition(text).condition) == verbs


@given(conditions, st.sampled_from(["RETR", "LIST", "QUIT", "X-Y", "FOO"]), st.integers(0, 3))
def test_it_holds_for_no_other_verbs(text: str, verb: str, number: int) -> None:
    asked = Asked(text)
    verbs = verbs_of(asked.condition)
    if verbs is not None and verb not in verbs:
        assert not asked.about(f"{verb} {number}")


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("state=AUTHORIZATION", ["(greeting)", "USER", "PASS"]),
        ("state=TRANSACTION", ["STAT", "QUIT"]),
        ("not state=AUTHORIZATION", ["STAT", "QUIT"]),
        ("state=UPDATE", ["QUIT"]),
    ],
)
@pytest.mark.parametrize("what", ["reply-twice", "delay 1"])
def test_a_command_is_of_the_state_in_which_it_comes(
    condition: str, held: list[str], what: str
) -> None:
    several = Several(f"{condition} -> {what}")
    played = session(several.store, hooks=several.rules)
    bent = [is_bent(several, played.greeting())]
    for line in ("USER ann", "PASS secret", "STAT", "QUIT"):
        bent.append(is_bent(several, fed(played, f"{line}\r\n".encode())))
    verbs = ["(greeting)", "USER", "PASS", "STAT", "QUIT"]
    assert [verb for verb, yes in zip(verbs, bent, strict=True) if yes] == held


def is_bent(several: Several, actions: Iterator[Action]) -> bool:
    before = several.rules.active[0].hits
    done(actions)
    return several.rules.active[0].hits > before


def test_the_state_of_silence_is_that_of_now() -> None:
    several = Several("state=TRANSACTION after=5s -> unasked-line x")
    played = several.play(LOGIN)
    several.now = 5.0
    assert done(played.wake_up())


def test_quit_without_a_login_is_not_of_update() -> None:
    several = Several("state=UPDATE -> reply")
    several.play("C: QUIT\nS: +OK ...\n(close)\n")
