"""A behaviour holds whole or not at all: where its condition does, it is what it is without one."""

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.errors import ConfigError
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_rule import changes_maildrop
from tests.behaviours.comparing import Played, by_the_book, differing, played
from tests.behaviours.trials import AFTER, BEFORE, LOGIN, TLS, Trial, trial_of
from tests.dialogue import ONE, TWO

pytestmark = pytest.mark.slow


FIRST = ("(session)", "QUIT")
ANN = ("(session)", *LOGIN, *AFTER, "QUIT")


@pytest.fixture(scope="module")
def whole(row: Behaviour) -> Played:
    """The sessions for it, under it without a condition."""
    trial = trial_of(row)
    return played(trial, trial.rule)


@pytest.fixture(scope="module")
def whole_of_ann(row: Behaviour) -> Played:
    """The same of a session of Ann's."""
    trial = _of_ann(row)
    return played(trial, trial.rule)


def same(bent: Played, whole: Played, begin: int, end: int | None = None) -> None:
    """What comes in the one from there on is what comes in the other, which is as long at most."""
    late = len(bent.steps) - len(whole.steps)
    assert [step._replace(told=0) for step in bent.steps[begin:end]] == [
        step._replace(told=0) for step in whole.steps[begin - late : end]
    ]


def test_any_is_no_condition(row: Behaviour, whole: Played) -> None:
    trial = trial_of(row)
    bent = played(trial, f"any -> {trial.rule}")
    assert differing(bent, whole, pieces=True) == []
    assert bent.hits == whole.hits


def test_from_a_session_on(row: Behaviour, whole: Played) -> None:
    trial = trial_of(row)
    later = trial._replace(dialogue=(*FIRST, *trial.dialogue))
    bent = played(later, f"session=2.. -> {trial.rule}")
    assert [step.told for step in bent.steps[: len(FIRST)]] == [0, 0]
    same(bent, whole, len(FIRST))


def test_in_one_session(row: Behaviour) -> None:
    trial = trial_of(row)._replace(dialogue=(*BEFORE, *LOGIN, *AFTER, "QUIT"))
    later = trial._replace(dialogue=(*FIRST, *trial.dialogue))
    bent = played(later, f"session=2 -> {trial.rule}")
    same(bent, played(trial, trial.rule), len(FIRST))


def test_for_a_user_from_the_name_on(row: Behaviour, whole_of_ann: Played) -> None:
    """What is wrong before anybody has said a name, is not, and nothing comes of it later."""
    trial, whole = _of_ann(row), whole_of_ann
    bent, book = played(trial, f"user=ann -> {trial.rule}"), by_the_book(trial)
    assert bent.steps[0].does == book.steps[0].does
    if whole.steps[0].does == book.steps[0].does:
        same(bent, whole, 1, None if _logs_in(whole) else 3)
    nobody = played(trial, f"user=bob -> {trial.rule}")
    assert differing(nobody, book, pieces=True) == []


def _of_ann(row: Behaviour) -> Trial:
    """Messages are without UTF-8: who is offered UTF8 after login only, is refused none for it."""
    return trial_of(row)._replace(dialogue=ANN, messages=(ONE, TWO, ONE))


def _logs_in(whole: Played) -> bool:
    """Else there is no user any more."""
    return (
        whole.steps[2].does[-1:] == by_the_book(Trial("", ANN, (ONE, TWO, ONE))).steps[2].does[-1:]
    )


def test_under_tls(row: Behaviour) -> None:
    trial = trial_of(row)._replace(dialogue=("(tls)", *TLS[1:]))
    bent, whole = played(trial, f"tls -> {trial.rule}"), played(trial, trial.rule)
    book = by_the_book(trial)
    if whole.steps[0].does == book.steps[0].does:
        same(bent, whole, 1)
    plain = trial._replace(dialogue=ANN)
    nobody = played(plain, f"tls -> {trial.rule}")
    assert differing(nobody, by_the_book(plain), pieces=True) == []


def test_in_a_state(row: Behaviour, whole_of_ann: Played) -> None:
    """What bends the maildrop does so before there is TRANSACTION."""
    trial, whole = _of_ann(row), whole_of_ann
    book = by_the_book(trial)
    if changes_maildrop(parse_rule(trial.rule).effect.hooks(ServerContext())):
        with pytest.raises(ConfigError, match="AUTHORIZATION is the state at"):
            played(trial, f"state=TRANSACTION -> {trial.rule}")
        return
    try:
        bent = played(trial, f"state=TRANSACTION -> {trial.rule}")
    except ConfigError:
        assert differing(whole, book)[:1] <= [2]
        return
    if not any(number <= 2 for number in differing(whole, book)):
        same(bent, whole, 3, -1)  # QUIT is answered in UPDATE


@pytest.mark.parametrize("capa", ["stls-hidden", "stls-strip-capa", "minimal-commands"])
def test_what_is_not_there_is_not_listed(capa: str) -> None:
    dialogue = ("(session)", "CAPA", "STLS", "CAPA", *LOGIN, "TOP 1 0", "CAPA")
    gone = (b"STLS",) if "stls" in capa else (b"TOP", b"UIDL")
    bent = played(Trial("", dialogue), f"any -> {capa}")
    octets = b"".join(getattr(a, "data", b"") for step in bent.steps for a in step.does)
    assert not any(b"\r\n%b\r\n" % word in octets for word in gone)


@pytest.mark.parametrize("condition", ["STLS nth=1", "STLS nth=2", "every=3", "chance=0.5"])
def test_who_asks_what_is_there_uses_up_no_count_and_no_chance(condition: str) -> None:
    """CAPA supposes that STLS is sent."""
    rule = f"{condition} -> stls-hidden"
    quiet, asking = ("(session)", "STLS") * 4, ("(session)", "CAPA", "CAPA", "STLS") * 4
    said = [
        [step.does for step in played(Trial("", dialogue), rule).steps if step.text == "STLS"]
        for dialogue in (quiet, asking)
    ]
    assert said[0] == said[1]
    assert len(set(said[0])) == 2  # it is hidden here and there


def test_what_bends_the_maildrop_at_login_is_whole_after_it(row: Behaviour, whole: Played) -> None:
    """All that it does there besides is no less there for being of other commands."""
    trial = trial_of(row)
    if changes_maildrop(parse_rule(trial.rule).effect.hooks(ServerContext())):
        bent = played(trial, f"LOGIN -> {trial.rule}")
        assert differing(bent, whole) == []
        assert bent.hits == whole.hits
