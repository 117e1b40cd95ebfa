"""Rules that come and go while sessions are open, each behaviour in turn."""

from collections.abc import Iterator, Sequence

import pytest

from pop3lab.core.exchange import State
from pop3lab.faults.catalogue import PECULIARITIES
from pop3lab.faults.peculiarity import Peculiarity
from pop3lab.faults.rule_text import parse_rule
from pop3lab.faults.rules import Rules
from tests.faults.comparing import Played
from tests.faults.trials import AFTER, BEFORE, LOGIN, Trial, trial_of

ROWS = list(PECULIARITIES.values())
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
def test_a_behaviour_comes_and_goes_under_open_sessions(row: Peculiarity) -> None:
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


def test_a_stolen_session_is_one_that_began_under_the_rule() -> None:
    rules = Rules(live=True)
    trial = Trial("", ())
    played = Played(rules, trial.store).play(["(session)", *LOGIN, "STAT"])
    rules.add(parse_rule("session-stolen"))
    played.play(["NOOP", "(session)", *LOGIN, "(other)", "NOOP", "QUIT"])
    assert played.hits == 0
    played.play(["(session)", *LOGIN, "(session)", *LOGIN])
    assert played.hits == 1
    assert [session.state for session in played.sessions[-2:]] == [State.TRANSACTION] * 2
