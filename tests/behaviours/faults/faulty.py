"""Faults in dialogues without a socket."""

from pop3lab.core.actions import Action
from pop3lab.core.session import Session
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, logged_in, play, session


def check(rule: str, transcript: str, *, hits: int = 1, **options: object) -> Session:
    """After login, the dialogue goes so, and the rule has so many hits."""
    ruled = rules(rule)
    played = logged_in(hooks=ruled, **options)  # type: ignore[arg-type]
    play(played, transcript)
    assert [active.hits for active in ruled.active] == [hits]
    return played


def check_from_the_start(rule: str, transcript: str, *, hits: int = 1, **options: object) -> None:
    """The same from the greeting on."""
    ruled = rules(rule)
    play(session(hooks=ruled, **options), transcript, greet=True)  # type: ignore[arg-type]
    assert [active.hits for active in ruled.active] == [hits]


def actions(rule: str, line: bytes = b"RETR 2") -> list[Action]:
    """What the session asks of its runner."""
    return done(fed(logged_in(hooks=rules(rule)), line + b"\r\n"))
