"""Parses conditions such as `RETR 2 nth=1 (user=ann or not tls)`; errors name their place."""

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from pop3lab.core.command import COMMANDS
from pop3lab.core.errors import ConfigError
from pop3lab.core.request import State
from pop3lab.core.suggest import near, nearest
from pop3lab.rules.condition_scope import secret_named
from pop3lab.rules.condition_times import After, Idle
from pop3lab.rules.conditions import (
    ALWAYS,
    AllOf,
    AnyOf,
    ArgumentCount,
    ArgumentIs,
    Chance,
    CommandIs,
    Condition,
    Every,
    InState,
    Not,
    Nth,
    NthSession,
    Secure,
    UserIs,
)
from pop3lab.rules.target import TARGETS, Target
from pop3lab.rules.tokens import split, whole, wrong
from pop3lab.rules.values import SECONDS, Range

# Named terms, each parsed from its value.

_RANGE = re.compile(r"(\d+)|(\d+)?\.\.(\d+)?")


def _range(value: str, first: int = 1) -> Range:
    match = _RANGE.fullmatch(value)
    if not match or not any(match.groups()):
        raise ValueError(f"a number from {first}, or a range such as 2..4 or 2.., is wanted")
    if match[1]:
        made = Range(whole(match[1]), whole(match[1]))
    else:
        made = Range(whole(match[2] or str(first)), whole(match[3]) if match[3] else None)
    if made.least < first or (made.most is not None and made.most < made.least):
        raise ValueError(f"numbers begin with {first}, and a range with the smaller one")
    return made


def _count(value: str) -> int:
    """Parse a number from 1. Raises ValueError."""
    if not value.isdecimal() or not whole(value):
        raise ValueError("a number from 1 is wanted")
    return whole(value)


def _probability(value: str) -> float:
    try:
        probability = float(value)
    except ValueError:
        probability = -1.0
    if not 0.0 <= probability <= 1.0:
        raise ValueError("a number from 0 to 1 is wanted")
    return probability


def _seconds(value: str) -> float:
    try:
        seconds = float(SECONDS.take(value))
    except (ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds < inf:
        raise ValueError("a number of seconds such as 2s or 200ms is wanted")
    return seconds


def _state(value: str) -> str:
    states = [state.value for state in State]
    if value not in states:
        raise ValueError(f"unknown state{nearest(value, states)}")
    return value


def _name(value: str) -> str:
    if not value:
        raise ValueError("the name of a user is wanted")
    return value


def _word_term(name: str, value: str) -> Condition:
    """Parse a term such as `1=ann`. Raises ValueError."""
    place = whole(name)
    if not place:
        raise ValueError("the words behind a verb are counted from 1")
    if not value:
        raise ValueError("a word is wanted, or words=0 for none")
    return ArgumentIs(place, value)


_TERMS: dict[str, Callable[[str], Condition]] = {
    "nth": lambda value: Nth(_range(value)),
    "every": lambda value: Every(_count(value)),
    "session": lambda value: NthSession(_range(value)),
    "state": lambda value: InState(_state(value)),
    "user": lambda value: UserIs(_name(value)),
    "words": lambda value: ArgumentCount(_range(value, 0)),
    "idle": lambda value: Idle(_seconds(value)),
    "after": lambda value: After(_seconds(value)),
    "chance": lambda value: Chance(_probability(value)),
}
_WORDS: dict[str, Condition] = {"tls": Secure(True), "plain": Secure(False)}


# Verbs.

_VERB = re.compile(r"[A-Z][A-Z0-9-]*")
_EXTENSION = "X"  # first letter of extension verbs
_ANY = "ANY"
_MISTYPED = 0.75  # similarity to a known verb that makes an unknown one a typo

_VERBS = (
    *COMMANDS,
    "CONNECT",
    "GREETING",
    "RESPONSE",
    "LOGIN",
    "LAST",
    "RPOP",
    "XTND",
    "HELP",
    "BREAK",
    "EXIT",
)


def _verb_of(text: str) -> str:
    """Return the verb that a word stands for, or an empty string.

    Known verbs are accepted in any case, others in upper case only: no mistyped condition is in
    upper case.
    """
    verb = text.upper() if text.isascii() else text
    if not _VERB.fullmatch(verb):
        return ""
    known = verb in _VERBS or verb == _ANY or verb.startswith(_EXTENSION)
    return verb if known or text == verb else ""


def _meant(verb: str) -> str:
    """Return the known verb of which this one seems to be a typo."""
    known = not verb or verb in _VERBS or verb.startswith(_EXTENSION)
    return "" if known else near(verb, _VERBS, _MISTYPED)


_TOKEN = re.compile(r'\s*(\(|\)|(?:[^\s()"]|"(?:[^"\\]|\\.)*")+|")')
_TIMES = "times"
_DEEPEST = 50


class ParsedCondition(NamedTuple):
    """A parsed condition, with the target and times of its rule."""

    condition: Condition
    target: Target | None
    times: int | None


class _Token(NamedTuple):
    text: str
    place: int


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the tokens, up to a quote without a partner."""
    for match in _TOKEN.finditer(text):
        yield _Token(match[1], match.start(1))
        if match[1] == '"':
            return


def parse_condition(text: str) -> ParsedCondition:
    """Parse a condition. Raises ConfigError with the place and a suggestion."""
    return _Reader(text).read()


_NAMED = [f"{name}=" for name in (*_TERMS, *TARGETS, _TIMES, 1)]
_KNOWN = [*_NAMED, *_WORDS, "any", "not", "and", "or"]


class _Reader:
    """A recursive-descent parser: not binds tighter than and, which is optional; or is loosest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._tokens.reverse()
        self._depth = 0
        self._target: Target | None = None
        self._times: int | None = None

    def read(self) -> ParsedCondition:
        for token in self._tokens:
            if token.text == '"':
                raise self._wrong(token, "there is no second quote for this one")
        condition = self._any() if self._tokens else ALWAYS
        if self._tokens:
            raise self._wrong(self._tokens[-1], "there is no ( for this )")
        if verb := secret_named(condition):  # keep it out of the error message, too
            raise ConfigError(
                f"that word of {verb} is a secret, which rules and events would show:"
                " it can't be a condition; user=, nth= and words= can"
            )
        return ParsedCondition(condition, self._target, self._times)

    def _wrong(self, token: _Token | None, why: str) -> ConfigError:
        return wrong(self._text, token.place if token else len(self._text), why)

    def _next_is(self, *words: str) -> bool:
        return bool(self._tokens) and self._tokens[-1].text in words

    def _any(self) -> Condition:
        members = [self._all()]
        while self._next_is("or"):
            if not self._depth and (self._target or self._times):
                self._refuse_beside("or")
            self._deeper(self._tokens.pop())
            members.append(self._all())
            self._depth -= 1
        return members[0] if len(members) == 1 else AnyOf(tuple(members))

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(token, f"not, or and ( ) go at most {_DEEPEST} deep")

    def _refuse_beside(self, word: str) -> None:
        raise self._wrong(
            self._tokens[-1] if self._tokens else None,
            f"times, line, part and octet hold for the whole rule and can't stand beside {word!r}:"
            " use ( ) around the rest",
        )

    def _all(self) -> Condition:
        members: list[Condition] = []
        while self._tokens and not self._next_is("or", ")"):
            if members and self._next_is("and"):
                self._tokens.pop()
            member = self._not()
            members += [] if member is None else [member]
        if not members and not (self._target or self._times):
            raise self._wrong(self._tokens[-1] if self._tokens else None, "a condition is wanted")
        return members[0] if len(members) == 1 else AllOf(tuple(members)) if members else ALWAYS

    def _not(self) -> Condition | None:
        if not self._next_is("not"):
            return self._term()
        token = self._tokens.pop()
        self._deeper(token)
        inner = self._not()
        self._depth -= 1
        if inner is None:
            raise self._wrong(token, "a condition is wanted behind not")
        return Not(inner)

    def _term(self) -> Condition | None:
        if not self._tokens:
            raise self._wrong(None, "a condition is wanted")
        token = self._tokens.pop()
        if token.text == "(":
            return self._group(token)
        if token.text in _WORDS:
            return _WORDS[token.text]
        name, equals, _ = token.text.partition("=")
        if equals:
            return self._named(token, name)
        if verb := _verb_of(token.text):
            return self._command(token, verb)
        if token.text.isdecimal():
            raise self._wrong(token, "a number of a message stands behind a verb: RETR 2")
        raise self._wrong(token, f"unknown condition{nearest(token.text, [*_KNOWN, *_VERBS])}")

    def _group(self, opening: _Token) -> Condition:
        self._deeper(opening)
        inner = self._any()
        self._depth -= 1
        if not self._next_is(")"):
            raise self._wrong(opening, "there is no ) for this (")
        self._tokens.pop()
        return inner

    def _command(self, token: _Token, verb: str) -> Condition:
        name = "" if verb == _ANY else verb
        if like := _meant(name):
            raise self._wrong(token, f"unknown verb, did you mean {like!r}?")
        if self._tokens and self._tokens[-1].text.isdecimal():
            return self._numbered(name, self._tokens.pop())
        return CommandIs(name) if name else _ANY_COMMAND

    def _numbered(self, verb: str, number: _Token) -> Condition:
        try:
            return CommandIs(verb, whole(number.text))
        except ValueError as error:
            raise self._wrong(number, str(error)) from None

    def _named(self, token: _Token, name: str) -> Condition | None:
        value = _value(token.text, name)
        try:
            if name.isdecimal():
                return _word_term(name, value)
            if name in _TERMS:
                return _TERMS[name](value)
            if name in TARGETS or name == _TIMES:
                self._whole_rule(token, name, value)
                return None
        except ValueError as error:
            raise self._wrong(token, str(error)) from None
        raise self._wrong(token, f"unknown condition{nearest(f'{name}=', _KNOWN)}")

    def _whole_rule(self, token: _Token, name: str, value: str) -> None:
        if self._depth:
            raise self._wrong(token, f"{name} holds for the whole rule, not under not, or and ( )")
        if name == _TIMES and self._times:
            raise self._wrong(token, "times is given twice")
        if name == _TIMES:
            self._times = _count(value)
        elif self._target:
            raise self._wrong(token, "a rule has one place: line, part or octet")
        else:
            self._target = TARGETS[name](value)


def _value(text: str, name: str) -> str:
    if text == f"{name}=":
        return ""
    return split(f"value{text.removeprefix(name)}")[0].text


_ANY_COMMAND = CommandIs("")
