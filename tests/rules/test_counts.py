"""How often a rule took effect, held against the same sessions without it."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from scramp import ScramClient  # type: ignore[import-untyped]

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.core.actions import Pause
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.engine import Rules
from pop3lab.rules.session_rule import changes_maildrop
from tests.behaviours.comparing import Played, by_the_book, differing, played, told
from tests.behaviours.switching_off import switched_off
from tests.behaviours.trials import BRIEF, Trial, trial_of
from tests.dialogue import done, fed, sent, session

LOGIN = ["USER ann", "PASS secret"]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "counts.md"


@pytest.fixture(scope="module")
def bent(row: Behaviour) -> Played:
    """The sessions for it, under it alone."""
    return _bent(row)


def _bent(row: Behaviour) -> Played:
    trial = trial_of(row)
    return played(trial, trial.rule)


def test_a_behaviour_counts_what_it_changes_and_nothing_before(
    row: Behaviour, bent: Played
) -> None:
    check_counts(row, bent)


def check_counts(row: Behaviour, bent: Played) -> None:
    changed = differing(bent, by_the_book(trial_of(row)), pieces=row.name == "coalesced")
    assert changed
    assert bent.hits == sum(step.told for step in bent.steps) > 0
    first, said = changed[0], told(bent)[0]
    assert said == first or (said < first and told_at_login(row, bent, said, first))


def told_at_login(row: Behaviour, bent: Played, said: int, first: int) -> bool:
    """Whether it shows another maildrop, which the client looks at later in the same session."""
    script = parse_rule(trial_of(row).rule).effect.hooks(ServerContext())
    within = [step.text for step in bent.steps[said + 1 : first]]
    return changes_maildrop(script) and "(session)" not in within


@pytest.mark.slow
def test_it_counts_if_and_only_if_there_is_a_difference_and_behind_the_line(row: Behaviour) -> None:
    """It is told behind the line that it is about."""
    wrong = []
    for dialogue in BRIEF:
        trial = trial_of(row)._replace(dialogue=dialogue)
        bent = played(trial, trial.rule)
        changed = differing(bent, by_the_book(trial), pieces=row.name == "coalesced")
        if bool(changed) is not bool(told(bent)) and not unseen(row, bent):
            wrong.append((dialogue, changed, told(bent)))
        assert early(bent) == []
    assert wrong == []


def early(bent: Played) -> list[str]:
    """The lines before which a rule said that it took effect."""
    return [step.text for step in bent.steps if step.early]


def unseen(row: Behaviour, bent: Played) -> bool:
    """Whether other unique-ids were there for a client that did not ask for them."""
    return row.name == "uid-form" and "UIDL" not in [step.text for step in bent.steps]


@pytest.mark.slow
def test_in_its_own_sessions_it_is_told_behind_the_line_too(bent: Played) -> None:
    assert early(bent) == []


@pytest.mark.slow
def test_a_rule_that_does_not_hold_changes_and_counts_nothing(row: Behaviour) -> None:
    trial = trial_of(row)
    bent = played(trial, f"session=99 -> {trial.rule}")
    assert differing(bent, by_the_book(trial), pieces=True) == []
    assert bent.hits == 0
    assert bent.rules.unused() == bent.rules.active


@pytest.mark.slow
def test_nobody_who_looks_changes_what_is_said(row: Behaviour, bent: Played) -> None:
    trial = trial_of(row)
    assert differing(bent, played(trial, trial.rule, lines=False)) == []


@pytest.mark.slow
def test_a_rule_takes_effect_as_often_as_it_may_at_most(row: Behaviour) -> None:
    trial = trial_of(row)
    assert played(trial, f"times=1 -> {trial.rule}").hits == 1


@pytest.mark.slow
def test_what_is_not_known_is_listed() -> None:
    rows = {row.name for row in BEHAVIOURS.values() if row.counted}
    assert rows == {"tls-sni-required", "tls-version-mismatch", "counts-after-dele"}
    assert all(f"| `{name}` |" in PAGE.read_text() for name in rows)


@pytest.mark.parametrize(
    ("rules", "dialogue", "hits"),
    [
        # An exchange counts once, whatever the seams by which it is bent.
        (["format-strings"], ["(session)", "USER ann", "PASS secret", "LIST"], 4),
        (["minimal-commands"], ["(session)", "CAPA", "TOP 1 0", "XYZZY"], 3),
        # Nothing to count where nothing differs.
        (["lf-only part=terminator"], ["(session)", "USER ann", "PASS secret", "RETR 1"], 1),
        (["retr-wrong-message 2"], ["(session)", "USER ann", "PASS secret", "RETR 2"], 0),
        (["crlf-for-empty"], ["(session)", "USER ann", "PASS secret", "RETR 1"], 0),
        (["dele-ignored"], ["(session)", "USER ann", "PASS secret", "QUIT"], 0),
        (["dele-ignored"], ["(session)", "USER ann", "PASS secret", "DELE 1", "QUIT"], 1),
        # A rule that may take effect so often does not lose that where there is nothing to do.
        (["any times=1 -> typo-plus-err"], ["(session)", "CAPA", "XYZZY", "XYZZY"], 1),
        (["any times=1 -> retr-octets-lie"], ["(session)", "CAPA", "USER ann", "PASS secret"], 0),
        (["any times=2 -> bare-status"], ["(session)", "CAPA", "NOOP", "XYZZY"], 2),
        (["rfc1939-commands", "perl-split"], ["(session)", "CAPA", "NOOP"], 1),
        (["minimal-commands", "perl-split"], ["(session)", *LOGIN, "UIDL"], 2),  # and no timestamp
    ],
)
def test_hits_are_counted_by_exchange(
    rules: Sequence[str], dialogue: Sequence[str], hits: int
) -> None:
    assert played(Trial("", dialogue), *rules).hits == hits


def test_what_is_only_supposed_is_not_counted() -> None:
    """Login looks what CAPA would list, if UTF8 is offered."""
    trial = Trial("capa-understates TOP", ["(session)", "USER ann", "PASS secret", "QUIT"])
    assert played(trial, trial.rule, utf8=True).hits == 0


@pytest.mark.slow
def test_a_behaviour_that_is_switched_off_is_missed(
    row: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BEHAVIOURS, row.name, switched_off(row))
    with pytest.raises(AssertionError):
        check_counts(row, _bent(row))


@pytest.mark.parametrize("kind", ["signature", "iterations"])
def test_scram_bad_final_counts_its_dialogues(kind: str) -> None:
    rules = Rules([parse_rule(f"scram-bad-final {kind}")], live=True)
    asked = session(hooks=rules)
    client = ScramClient(["SCRAM-SHA-256"], "ann", "secret")
    lines = [b"AUTH SCRAM-SHA-256 " + b64encode(client.get_client_first().encode())]
    first = sent(fed(asked, lines[0] + b"\r\n"))
    assert rules.active[0].hits == (kind == "iterations")
    client.set_server_first(b64decode(first[2:]).decode().replace("i=2147483648", "i=4096"))
    done(fed(asked, b64encode(client.get_client_final().encode()) + b"\r\n"))
    assert rules.active[0].hits == 1  # the responses count as one with their AUTH


def test_two_sessions_at_a_time_use_no_hit_twice() -> None:
    """The one that has begun to answer first may need it."""
    rules = Rules([parse_rule("CAPA times=1 -> capa-split")])
    one, other = (session(hooks=rules) for _ in range(2))
    begun = fed(one, b"CAPA\r\n")
    next(begun)
    assert not any(isinstance(action, Pause) for action in fed(other, b"CAPA\r\n"))
    assert any(isinstance(action, Pause) for action in begun)
    assert rules.active[0].hits == 1
