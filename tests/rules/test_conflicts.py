import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.condition_parser import parse_condition
from pop3lab.rules.conflicts import check_beside
from pop3lab.rules.rule import Rule


def row(name: str, **more: object) -> Effect:
    return Effect(Behaviour(name, "", "", lambda shared: Hooks(), **more), {})  # type: ignore[arg-type]


ONE, TWO = row("one", aspect="the colour"), row("two", aspect="the colour")
SIZE, NONE = row("size", aspect="the size"), row("none")
AGAINST = row("against", against=("one",))


def rule(what: Effect, when: str) -> Rule:
    read = parse_condition(when)
    return Rule(what, read.condition, read.target, read.times)


def stand(one: Rule, other: Rule) -> bool:
    """Whether they stand together, which does not depend on their order."""
    stood = []
    for first, second in ((one, other), (other, one)):
        try:
            check_beside(second, [first])
        except ConfigError:
            stood.append(False)
        else:
            stood.append(True)
    assert stood[0] == stood[1]
    return stood[0]


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("", "", False),
        ("", "RETR 2 nth=1 times=1", False),
        ("RETR", "RETR 2", False),
        ("RETR", "any", False),
        ("RETR", "not LIST", False),
        ("RETR 1", "RETR 2", True),
        ("RETR", "LIST", True),
        ("RETR or LIST", "LIST or QUIT", False),
        ("RETR or LIST", "TOP or QUIT", True),
        ("nth=1", "nth=1", False),
        ("nth=1", "nth=2..", True),
        ("nth=1..3", "nth=3..", False),
        ("RETR nth=1", "RETR nth=2", True),
        ("RETR nth=1", "any nth=1", True),  # counted differently: nobody knows whether they meet
        ("RETR nth=1", "RETR", False),
        ("session=1", "session=2..", True),
        ("session=..2", "session=2..", False),
        ("state=TRANSACTION", "state=AUTHORIZATION", True),
        ("state=TRANSACTION", "state=TRANSACTION", False),
        ("tls", "plain", True),
        ("tls", "tls", False),
        ("user=ann", "user=eve", True),
        ("user=ann", "tls", False),
        ("chance=0.5", "", True),
        ("line=1", "line=2", True),
        ("line=1", "line=1", False),
        ("line=1", "part=body", False),
        ("octet=1", "", False),
    ],
)
def test_two_of_one_aspect(one: str, other: str, wanted: bool) -> None:
    assert stand(rule(ONE, one), rule(TWO, other)) is wanted
    assert stand(rule(ONE, one), rule(AGAINST, other)) is wanted
    assert stand(rule(ONE, one), rule(SIZE, other))
    assert stand(rule(NONE, one), rule(NONE, other))


def test_the_reason_is_a_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        check_beside(rule(TWO, "RETR 2"), [rule(NONE, ""), rule(ONE, "RETR nth=1")])
    assert str(caught.value) == (
        "'RETR nth=1 -> one' and 'RETR 2 -> two' can't stand together: "
        "both decide the colour; give each a condition of its own"
    )
    with pytest.raises(ConfigError) as caught:
        check_beside(rule(AGAINST, ""), [rule(ONE, "")])
    assert str(caught.value) == (
        "'one' and 'against' can't stand together: one leaves against nothing to work on"
    )
