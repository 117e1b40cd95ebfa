import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.behaviours.catalogue import make_rule, parse_rule
from pop3lab.core.errors import ConfigError
from pop3lab.faults import cut_after
from pop3lab.rules.engine import Rules
from tests.behaviours.ruled import rules
from tests.dialogue import logged_in, play
from tests.rules.conditions import conditions

whats = st.one_of(
    st.sampled_from(["no-reply", "cut-after 5 then reset", "stall", "extra-crlf", "slice 1,2"]),
    st.binary().map(lambda text: f"reply {''.join(f'{chr(92)}x{octet:02x}' for octet in text)}"),
)
places = st.sampled_from(["", " line=3", " part=end", " octet=0"])
times = st.sampled_from(["", " times=1", " times=99"])


@given(conditions, places, times, st.binary())
def test_what_is_written_is_read_back(when: str, place: str, times: str, text: bytes) -> None:
    octets = "".join(f"\\x{octet:02x}" for octet in text)
    rule = parse_rule(f'({when}){place}{times} -> reply "{octets}"')
    again = parse_rule(str(rule))
    assert str(again) == str(rule)
    assert again == rule
    assert hash(again) == hash(rule)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("RETR 2 nth=1->cut-after 512 then reset", "RETR 2 nth=1 -> cut-after 512 then reset"),
        ("extra-crlf", "extra-crlf"),
        ("-> extra-crlf", "extra-crlf"),
        ("any -> stall", "any -> stall"),
        ("times=2 -> stall", "times=2 -> stall"),
        ("(RETR or LIST) line=1 -> stall", "(RETR or LIST) line=1 -> stall"),
        ('user="a->b" -> reply "c->d"', 'user="a->b" -> reply text="c->d"'),
        (r'user="a\\" -> reply "->"', r'user="a\\" -> reply text="->"'),
        (r'user="\"->" -> stall', r'user="\"->" -> stall'),
    ],
)
def test_as_it_is_written(text: str, written: str) -> None:
    assert str(parse_rule(text)) == written


def test_from_a_condition_and_what() -> None:
    rule = make_rule("RETR 2 nth=1", cut_after(512, then="reset"), times=3)
    assert str(rule) == "RETR 2 nth=1 times=3 -> cut-after 512 then reset"
    assert str(make_rule("", "stall")) == "stall"
    assert make_rule("RETR times=2", "stall").times == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RETR nht=1 -> stall", "at 'nht=1': unknown condition, did you mean 'nth='?"),
        ("RETR -> stal", "at 'stal': unknown quirk or fault 'stal', did you mean 'stall'?"),
        ("RETR ->", "at the end of 'RETR ->': what happens is missing, as in RETR 2 -> reset"),
        ("->", "at the end of '->': what happens is missing"),
        ("RETR 2", "at the end of 'RETR 2': -> and what happens is missing, as in RETR 2 -> res"),
        ("tls nth=2", "at the end of 'tls nth=2': -> and what happens is missing"),
        ("retr-ok", "at 'retr-ok': unknown quirk or fault 'retr-ok', did you mean"),
        ("fault RETR reset", "at 'reset': before it -> is missing: RETR -> reset"),
        ("quirk stal", "at 'stal': unknown quirk or fault 'stal', did you mean 'stall'?"),
        ("fault RETR -> reset", "at 'fault RETR -> reset': a rule begins without 'fault': RETR ->"),
        ("quirk stall", "at 'quirk stall': a rule begins without 'quirk': stall"),
        (
            "RETR -> -> reset",
            "at '-> reset': between -> and -> what happens is missing, as in RETR",
        ),
        ("-> -> reset", "at '-> reset': between -> and -> what happens is missing"),
        ("RETR reset", "at 'reset': before it -> is missing: RETR -> reset"),
        (
            "RETR 2 nth=1 => stall 2",
            "at 'stall 2': before it -> is missing: RETR 2 nth=1 -> stall 2",
        ),
        ("tls: reset", "at 'reset': before it -> is missing: tls -> reset"),
        ("reset RETR", "at 'RETR': reset: at wants one of start, end, not 'RETR'"),
        ("RETR -> stall -> close", "at '-> close': stall: "),
    ],
)
def test_mistakes_name_the_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rule(text)
    assert str(caught.value).startswith(message)


def test_times_is_from_one() -> None:
    for wrong in (0, True, "2"):
        with pytest.raises(ConfigError, match="times is a number from 1"):
            make_rule("RETR", "stall", times=wrong)  # type: ignore[arg-type]


def test_times_is_given_once() -> None:
    with pytest.raises(ConfigError, match="times is given twice, as 2 in 'RETR times=2' and as 5"):
        make_rule("RETR times=2", "stall", times=5)


def test_a_rule_is_made_of_texts() -> None:
    with pytest.raises(ConfigError, match="what a rule does is a text such as 'cut-after 512', no"):
        make_rule("RETR", 5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="a condition is a text such as 'RETR 2', not 2"):
        make_rule(2, "stall")  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("text", ['RETR "', 'RETR x"', '"', "RETR -> x "])
@pytest.mark.parametrize("filling", ['\\"', "\\\\", "a", '"a"', '"\\""'])
@pytest.mark.parametrize("end", ["", " -> reset"])
def test_a_quote_without_a_second_one_takes_no_time(text: str, filling: str, end: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rule(f"{text}{filling * 100_000}{end}")
    assert len(str(caught.value)) < 300


def test_an_arrow_behind_a_single_quote_is_one() -> None:
    with pytest.raises(ConfigError, match="there is no second quote for this one"):
        parse_rule('user="ann -> reset')


def test_an_arrow_in_what_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"^at '-> reset': give the effect without the -> before it"
    ):
        make_rule("RETR", "-> reset")


SAME = [
    (
        "RETR 2 nth=1 -> cut-after 512 then reset",
        "retr 2 and nth=1->cut-after octets=512 then=reset",
    ),
    ("(RETR or LIST) line=1 -> stall 0.2", "line=1 (RETR or LIST) -> stall 200ms"),
    ('AUTH 1=CRAM-MD5 user="ann" -> reply', 'AUTH 1=CRAM-MD5 user=ann -> reply text="-ERR no"'),
    ("slice 1,2", "-> slice 1,2"),
    ("unasked-line", "unasked-line at=end gap=0"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_texts_are_equal_rules(one: str, other: str) -> None:
    assert parse_rule(one) == parse_rule(one)
    assert parse_rule(one) == parse_rule(other)
    assert len({parse_rule(one), parse_rule(other)}) == 1
    different = [parse_rule(text) for text, _ in SAME]
    assert len(set(different)) == len(SAME)


def test_equal_terms_in_one_rule_count_on_their_own() -> None:
    script = rules("NOOP nth=2 or STAT nth=2 -> reply")
    no, noop, stat = "S: -ERR no\n", "C: NOOP\n", "C: STAT\n"
    said = noop + "S: +OK ...\n" + stat + "S: +OK 2 56\n" + noop + no + stat + no
    play(logged_in(hooks=script), said)


def test_equal_rules_count_on_their_own() -> None:
    rule = parse_rule("NOOP nth=2 -> unasked-line x")
    script = Rules([rule, parse_rule(str(rule)), rule], seed=1)
    play(
        logged_in(hooks=script),
        "C: NOOP\nS: +OK ...\nC: NOOP\nS: +OK ..." + "\nS: x" * 3,
    )
    assert [active.hits for active in script.active] == [1, 1, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TOP 2=0 -> reset", "TOP 2=1 -> reset"),
        ("AUTH words=0 -> reset", "AUTH words=1 -> reset"),
        ("idle=2s -> reset", "idle=3s -> reset"),
        ("idle=2s -> reset", "after=2s -> reset"),
        ("RETR 1 -> reset", "RETR 2 -> reset"),
        ("RETR nth=1 -> reset", "RETR every=1 -> reset"),
        ("RETR -> cut-after 1", "RETR -> cut-after 2"),
        ("RETR times=1 -> reset", "RETR -> reset"),
    ],
)
def test_other_texts_are_other_rules(one: str, other: str) -> None:
    assert parse_rule(one) != parse_rule(other)
