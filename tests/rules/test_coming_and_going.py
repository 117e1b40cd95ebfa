"""Rules that come and go while sessions are open, each behaviour in turn."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.engine import Rules
from pop3lab.rules.session_rule import changes_maildrop
from tests.behaviours.comparing import Played, differing
from tests.behaviours.trials import AFTER, BEFORE, ELSEWHERE, LOGIN, Trial, trial_of

pytestmark = pytest.mark.slow

ROWS = list(BEHAVIOURS.values())
NAMES = [row.name for row in ROWS]

# Eight clients, each at another place of its session when the rule comes.
FULL = ("(session)", *BEFORE[1:], *LOGIN, *AFTER, "QUIT")
PLACES = (1, 2, 5, 9, 11, 13, 20, 30)


class Client:
    """One that goes on, step by step, and connects anew when its session is over."""

    def __init__(self, played: Played, begin: int) -> None:
        self._played = played
        self._steps = self._endless()
        for _ in range(begin):
            self.step()

    def _endless(self) -> Iterator[str]:
        while True:
            yield from FULL

    def step(self) -> None:
        """The next; whatever the server does of it is its own affair."""
        self._played.play([next(self._steps)])


def clients(rules: Rules) -> Sequence[Client]:
    """Each of a maildrop of its own, as users are."""
    made = [Played(rules, Trial("").store) for _ in PLACES]
    return [Client(played, begin) for played, begin in zip(made, PLACES, strict=True)]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_behaviour_comes_and_goes_under_open_sessions(row: Behaviour) -> None:
    """No session fails by it: what can't be any more, once it is open, is left alone."""
    rules = Rules(live=True, seed=1)
    crowd = clients(rules)
    for _ in range(3):
        active = rules.add(parse_rule(trial_of(row).rule))
        for _ in range(5):
            for client in crowd:
                client.step()
        rules.remove(active)
        for client in crowd:
            client.step()


IN = ("(session)", *LOGIN)


def bends_of(row: Behaviour) -> bool:
    """Whether it bends the maildrop."""
    return changes_maildrop(parse_rule(trial_of(row).rule).effect.hooks(ServerContext()))


def changing(*steps: str, rule: str) -> Played:
    """The steps at a server where (on) and (off) switch a rule."""
    rules = Rules(live=True, seed=1)
    played = Played(rules, Trial("").store)
    for step in steps:
        if step == "(on)":
            rules.add(parse_rule(rule))
        elif step == "(off)":
            rules.remove(rules.active[0])
        else:
            played.play([step])
    return played


@pytest.mark.parametrize(
    "steps",
    [
        (*IN, "(on)", *IN, "(other)", "STAT", "RETR 1", "QUIT"),
        ("(session)", "(on)", *LOGIN, *IN, "(other)", "STAT", "RETR 1", "QUIT"),
        ("(session)", "USER ann", "(on)", "PASS secret", *IN, "(other)", "STAT", "RETR 1", "QUIT"),
    ],
)
def test_a_session_from_before_the_rule_is_not_stolen(steps: Sequence[str]) -> None:
    played = changing(*steps, rule="session-stolen")
    assert played.hits == 0
    said = [b"".join(getattr(one, "data", b"") for one in step.does) for step in played.steps]
    assert said[-3:-1] == [b"+OK 5 134\r\n", said[-2]]
    assert said[-2].startswith(b"+OK 23 octets\r\n")


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.name not in ELSEWHERE and bends_of(row)],
    ids=attrgetter("name"),
)
def test_a_maildrop_that_was_open_before_the_rule_is_not_bent_by_half(row: Behaviour) -> None:
    """Nor in what is said of it, where the rule works by more than the maildrop."""
    steps = (*IN, "(on)", *AFTER)
    late, book = changing(*steps, rule=trial_of(row).rule), changing(*IN, *AFTER, rule="")
    assert differing(late, book) == []
    assert late.hits == 0


def test_what_a_rule_has_done_to_a_maildrop_stays_when_it_goes() -> None:
    played = changing("(on)", *IN, *IN, "STAT", "(off)", "(other)", "STAT", rule="session-stolen")
    assert [session.over for session in played.sessions] == [False, True]
    played = changing("(on)", *IN, "(off)", "LIST", *IN[:1], rule="list-empty")
    assert [action for action in played.steps[-2].does if getattr(action, "data", b"") == b".\r\n"]


def test_commands_are_the_books_again_when_a_rule_goes() -> None:
    steps = ("(on)", *IN, "TOP 1 0", "CAPA", "(off)", "TOP 1 0", "CAPA")
    played = changing(*steps, rule="top-unsupported")
    said = [b"".join(getattr(one, "data", b"") for one in step.does) for step in played.steps]
    assert [text.startswith(b"-ERR") for text in said[3::2]] == [True, False]
    assert [b"\r\nTOP\r\n" in text for text in said[4::2]] == [False, True]


def test_a_rule_goes_on_as_it_was_when_another_comes() -> None:
    rules = Rules([parse_rule("bad-command-limit commands=2")], live=True)
    played = Played(rules, Trial("").store)
    played.play([*IN, "XYZZY"])
    rules.add(parse_rule("STAT -> reset"))
    played.play(["XYZZY"])
    assert played.sessions[0].over
