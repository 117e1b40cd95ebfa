"""What holds for any octets, cut anywhere: checks that need no test framework."""

import re
from collections.abc import Collection
from itertools import pairwise

from pop3lab.core.actions import Action, Close, Send, StartTLS
from pop3lab.core.events import ActionPerformed, Event, LineReceived, LoggedIn, SessionEnded
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.observe.transcript_writer import TranscriptWriter
from tests.dialogue import fed
from tests.fuzz.answers import Answer, read
from tests.fuzz.grounds import NO_TLS, PASSWORDS, PLAIN, Stops, fuzzed, profile, shelved
from tests.keeping import Keeps
from tests.ordinary import ordinary

NONCE = re.compile(rb"\+ [A-Za-z0-9+/=]{70,}")  # SCRAM's is random
MULTI_LINE = re.compile(
    rb"((LIST|UIDL|CAPA|LANG) *|RETR +[0-9]+|TOP +[0-9]+ +[0-9]+)\r?\n", re.IGNORECASE
)
Words = Collection[str] | None  # the seed's keywords; None is by the book


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces; places: anywhere, in any order."""
    marks = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[here:there] for here, there in pairwise(marks)]


def script_of(words: Words) -> Hooks:
    return NO_HOOKS if words is None else profile(words, Stops())


def all_of(session: Session, pieces: list[bytes]) -> tuple[bytes, list[Action]]:
    """What is sent for these pieces, and what else is done."""
    said = bytearray()
    others: list[Action] = []
    for piece in pieces:
        for action in fed(session, piece):
            if isinstance(action, Send):
                said += action.data
            else:
                others.append(action)
    return NONCE.sub(b"+ (nonce)", bytes(said)), others


def check_line(session: Session, line: bytes) -> Answer:
    answer = read(fed(session, line))
    if answer.ends:
        return answer
    assert answer.status, line
    assert answer.body is None or MULTI_LINE.fullmatch(line), line
    return answer


def one_answer_each(stream: bytes) -> None:
    session = fuzzed(capabilities=NO_TLS)
    *whole, rest = stream.split(b"\n")
    for line in whole:
        if check_line(session, line + b"\n").ends:
            assert not list(fed(session, b"NOOP\r\nSTAT\r\n")), "obeyed after its end"
            return
    speaks_tls = rest.startswith(b"\x16")  # which is answered, as the client would wait for ever
    assert bool(list(fed(session, rest))) == speaks_tls, "an answer to an unfinished line"


def same_by_both_ways(stream: bytes, places: list[int], words: Words) -> None:
    """From replies that are kept, and by the ordinary way."""
    pieces = cut(stream, places)
    kept = all_and_told(pieces, script_of(words))
    assert kept == all_and_told(pieces, ordinary(script_of(words)))


def all_and_told(pieces: list[bytes], hooks: Hooks) -> list[object]:
    """Octets, other actions and events of sessions one after the other on the same messages."""
    store = shelved()
    seen: list[object] = []
    for watched in (True, False, True):
        keeps = Keeps()
        one = fuzzed(store, hooks=hooks, capabilities=NO_TLS, sink=keeps if watched else None)
        seen.append(all_of(one, pieces))
        one.session_ended("closed")
        seen += map(_comparable, keeps.events)
    return seen


def _comparable(event: Event) -> object:
    match event:
        case LoggedIn():
            return (*event[:3], *event.snapshot.entries)
        case SessionEnded():
            return (*event[:3], *event.verbs.items())
        case ActionPerformed(_, Send(data, part)):
            return NONCE.sub(b"+ (nonce)", data), part
        case _:
            return type(event), *event


def same_however_cut(stream: bytes, places: list[int], words: Words) -> None:
    as_cut = all_of(fuzzed(hooks=script_of(words), capabilities=NO_TLS), cut(stream, places))
    by_octet = [stream[at : at + 1] for at in range(len(stream))]
    assert as_cut == all_of(fuzzed(hooks=script_of(words), capabilities=NO_TLS), by_octet)
    assert as_cut == all_of(fuzzed(hooks=script_of(words), capabilities=NO_TLS), [stream])


def no_exception(stream: bytes, places: list[int], words: Words) -> None:
    """With STLS obeyed where the session asks for it."""
    session = fuzzed(hooks=script_of(words))
    for piece in cut(stream, places):
        actions = list(fed(session, piece))
        if any(isinstance(action, StartTLS) for action in actions):
            assert isinstance(actions[-1], StartTLS), "something is done behind STLS"
            session.tls_established(Channel(secure=True))
        if any(isinstance(action, Close) for action in actions):
            assert session.over
            break
    session.session_ended("closed")
    assert session.over


def told(stream: bytes, places: list[int]) -> str:
    keeps = Keeps()
    session = fuzzed(capabilities=NO_TLS, sink=keeps)
    for piece in cut(stream, places):
        list(fed(session, piece))
    session.session_ended("closed")
    events = keeps.events
    assert sum(isinstance(event, LineReceived) for event in events) <= stream.count(b"\n")
    assert any(isinstance(event, ActionPerformed) for event in events)
    transcript = TranscriptWriter()
    return "".join(transcript.text(0.0, event) for event in events)


def shown_safely(stream: bytes, places: list[int]) -> None:
    text = told(stream, places)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    for secret in (*PASSWORDS.values(), PLAIN):
        assert secret.lower() not in text.lower(), text
