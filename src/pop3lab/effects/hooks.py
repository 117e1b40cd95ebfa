"""Hooks made from functions."""

from collections.abc import Callable, Iterator, Mapping

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import INFORMING, CommandSpec
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import TableChange
from pop3lab.rules.session_hooks import LateEffect, PerSessionHooks

ReplyChange = Callable[[SessionState, Request, Reply], Reply]
_ActionChange = Callable[[SessionState, Request, Iterator[Action]], Iterator[Action]]


class ReplyHook(PerSessionHooks):
    """Hooks that change the reply to these verbs, or to any if none is given."""

    replies = None

    def __init__(self, say: ReplyChange, *verbs: str) -> None:
        self._say = say
        self.replies = frozenset(verbs) if verbs else None

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._say(self.session, request, reply)


class CommandHook(ReplyHook):
    """Hooks that change the command table, and the reply to these verbs."""

    def __init__(self, change: TableChange, say: ReplyChange, *verbs: str) -> None:
        super().__init__(say, *verbs)
        self._change = change

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        changed = dict(table)
        self._change(changed)
        return changed


class ActionHook(PerSessionHooks):
    """Hooks that change how the reply to these verbs is sent."""

    sends = None

    def __init__(self, do: _ActionChange, *verbs: str) -> None:
        self._do = do
        self.sends = frozenset(verbs) if verbs else None

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        return self._do(self.session, request, actions)


# Status lines and refusals.


def is_prose(request: Request, reply: Reply) -> bool:
    """Whether the text of the status line is for people only."""
    if reply.ok is None:
        return False
    return not reply.ok or reply.body is not None or request.verb not in INFORMING


class StatusLineHook(LateEffect):
    """Hooks that replace status lines, without their line end, by the result of a function.

    They take effect if it differs. end: the line end to use.
    """

    sends = None

    def __init__(self, change: Callable[[bytes], bytes], end: bytes = b"\r\n") -> None:
        self._change = change
        self._end = end

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send) and action.part is Part.HEAD:
                yield self._changed(action)
            else:
                yield action

    def _changed(self, head: Send) -> Send:
        data = self._change(head.data.removesuffix(b"\r\n")) + self._end
        return Send(data, head.part) if data != head.data and self.claim() else head


class RefusalHook(LateEffect):
    """Hooks that replace each refusal by the result of a function, unless it is None."""

    replies = None
    shows = True

    def __init__(
        self, change: Callable[[SessionState, Request, Reply], Reply | None], *verbs: str
    ) -> None:
        self._change = change
        self.replies = frozenset(verbs) if verbs else None

    def reply(self, request: Request, reply: Reply) -> Reply:
        changed = self._change(self.session, request, reply) if reply.ok is False else None
        return changed if changed and self.claim() else reply
