"""The seam for misbehaviour: five substitutions, never an if."""

from collections.abc import Collection, Iterator, Mapping
from math import inf

from pop3lab.core.actions import Action
from pop3lab.core.command import CommandSpec
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import ParsedLine, Request
from pop3lab.core.state import SessionState


class Hooks:
    """Five substitutions by which a session may depart from the book; here each is neutral.

    What takes time before it can say what is true at the greeting, it does in prepare.

    One object serves many sessions; for_session returns what one of them is to ask. replies, sends:
    the verbs about which reply and actions are asked, None if it is all. lenient: they only grant
    more: what the standard lines and rows grant, theirs leave alone. steady: what reply makes of a
    reply is the same each time, in all sessions that are given this object. revision: another
    number each time that they are asked about something else.
    """

    replies: Collection[str] | None = None
    sends: Collection[str] | None = None
    lenient = False
    steady = False
    revision = 0

    def wakeup_delay(self) -> float:
        """Return in how many seconds, if nothing comes, to ask about SILENCE; inf for never."""
        return inf

    def for_session(self, session: SessionState) -> "Hooks":
        """Return the hooks of a session about to begin: these, unless they keep something of it."""
        return self

    def prepare(self) -> Iterator[Action]:
        """What takes time before the client is greeted; nothing is sent by it."""
        return iter(())

    @property
    def maildrop_waits(self) -> bool:
        """Whether what is true may take as long as there are messages."""
        return type(self).maildrop is not Hooks.maildrop

    def changes_reply(self, verb: str) -> bool:
        """Whether it is to be asked what is said to this verb."""
        return self.replies is None or verb in self.replies

    def changes_actions(self, verb: str) -> bool:
        """Whether it is to be asked how that is sent."""
        return self.sends is None or verb in self.sends

    @property
    def may_wake(self) -> bool:
        """Whether wakeup_delay is ever to be asked."""
        return type(self).wakeup_delay is not Hooks.wakeup_delay

    @property
    def attends(self) -> bool:
        """Whether they are told of each line, and of how long nothing comes."""
        return type(self).line is not Hooks.line or self.may_wake

    def asked_numbers(self, verb: str) -> Collection[int] | None:
        """Return the messages about which these are asked when a line of this verb comes.

        None for any line, with or without a number. It holds while revision is the same.
        """
        asked = self.changes_reply(verb) or self.changes_actions(verb)
        hears_otherwise = type(self).line is not Hooks.line and not self.lenient
        return None if asked or hears_otherwise else ()

    def varying_numbers(self, verb: str) -> Collection[int] | None:
        """Return those of asked_numbers about which the answer may be another each time."""
        return () if self.steady else self.asked_numbers(verb)

    @property
    def steady_hooks(self) -> "tuple[Hooks, ...]":
        """Those of these hooks whose replies are kept for sessions that have the same."""
        return (self,) if self.steady else ()

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        """What is heard. octets: a line without its LF, which the book reads like this."""
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        """What exists."""
        return table

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        """What is true: asked once, at login."""
        return maildrop

    def reply(self, request: Request, reply: Reply) -> Reply:
        """What is said."""
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        """How it is sent."""
        return actions


class _ByTheBook(Hooks):
    replies = sends = ()

    def varying_numbers(self, verb: str) -> Collection[int] | None:
        return ()


NO_HOOKS = _ByTheBook()
