"""Scopes of a test run: who answers for a rule, and for what happens at a server.

A rule must take effect in the scope in which it was added. What happens at a server belongs to the
test that runs meanwhile, however long the server lives.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from itertools import count
from typing import NamedTuple, Protocol
from weakref import WeakValueDictionary


class ScopeVerdict(NamedTuple):
    """The problems in a scope, a sentence each.

    failures: fail the test in any case. unused_rules: rules that never took effect.
    """

    failures: Sequence[str] = ()
    unused_rules: Sequence[str] = ()
    violations: Sequence[str] = ()

    def plus(self, other: "ScopeVerdict") -> "ScopeVerdict":
        """Return both together."""
        return ScopeVerdict(
            [*self.failures, *other.failures],
            [*self.unused_rules, *other.unused_rules],
            [*self.violations, *other.violations],
        )


class Share(Protocol):
    """What happens at one server during one test."""

    @property
    def address(self) -> str:
        """The address of the server."""

    @property
    def is_final(self) -> bool:
        """Whether the server has stopped, so nothing more will happen."""

    @property
    def story(self) -> str:
        """The transcripts; empty if nothing happened at a server that is older than the test."""

    def end(self) -> ScopeVerdict:
        """End it when the test ends; return the verdict."""


class SharedServer(Protocol):
    """A server that several tests may share."""

    def share(self, *, is_new: bool) -> Share:
        """Return the share of a test that begins now, or in which the server has just started."""


class Scope:
    """The lifetime of a fixture that several tests share, or a test.

    checks: called with the scope when it ends.
    """

    def __init__(self) -> None:
        self.ended = False
        self.checks: list[Callable[[Scope], ScopeVerdict]] = []

    def open(self) -> None:
        """Make it the current scope, until an inner one is opened."""
        _OPEN.append(self)

    def close(self) -> None:
        """Make it no longer the current scope."""
        if self in _OPEN:
            _OPEN.remove(self)

    def end(self) -> ScopeVerdict:
        """End it; return what all checks have found."""
        self.ended = True
        return reduce(ScopeVerdict.plus, [check(self) for check in self.checks], ScopeVerdict())


_MOST = 20  # stopped servers whose shares a test keeps


class ScopeOfTest(Scope):
    """A test, which has a share in what happens at each server that lives meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: dict[SharedServer, Share] = {}
        self._dropped = ScopeVerdict()  # of servers whose shares are not kept

    def open(self) -> None:
        """Make it the current scope; all living servers join it."""
        super().open()
        for server in tuple(_LIVING.values()):
            self.join(server, is_new=False)

    def join(self, server: SharedServer, *, is_new: bool) -> None:
        """Add a server, unless it has joined before. A test may start thousands."""
        if server not in self._shares:
            self._shares[server] = server.share(is_new=is_new)
        if len(self._shares) > _MOST:
            self._drop_stopped()

    def _drop_stopped(self) -> None:
        for server, share in self._shares.items():
            if share.is_final:
                self._dropped = self._dropped.plus(share.end())
                del self._shares[server]
                return

    @property
    def shares(self) -> Collection[Share]:
        """The shares in the servers, in the order of their start; not of all stopped ones."""
        return tuple(self._shares.values())

    def end_shares(self) -> ScopeVerdict:
        """Return what is wrong at all servers."""
        return reduce(ScopeVerdict.plus, (share.end() for share in self.shares), self._dropped)

    def forget(self) -> None:
        """Drop all shares, when they have been reported."""
        self._shares.clear()
        self._dropped = ScopeVerdict()


class _Apart(Scope):
    """Hides the test that runs."""


_OPEN: list[Scope] = []
_LIVING: WeakValueDictionary[int, SharedServer] = WeakValueDictionary()  # in order of their start
_STARTS = count()


def current_scope() -> Scope | None:
    """Return the current scope; None outside of all."""
    return _OPEN[-1] if _OPEN else None


@contextmanager
def apart_from_tests() -> Iterator[None]:
    """Let no test answer for servers that start meanwhile, and for their rules."""
    scope = _Apart()
    scope.open()
    try:
        yield
    finally:
        scope.close()


def server_started(server: SharedServer) -> None:
    """Note that a server has started. It joins the innermost test, and all later ones."""
    if any(isinstance(scope, _Apart) for scope in _OPEN):
        return
    if server not in _LIVING.values():
        _LIVING[next(_STARTS)] = server
    for scope in reversed(_OPEN):
        if isinstance(scope, ScopeOfTest):
            scope.join(server, is_new=True)
            return


def server_stopped(server: SharedServer) -> None:
    """Note that a server has stopped: it joins no later test."""
    for number, living in tuple(_LIVING.items()):
        if living is server:
            _LIVING.pop(number, None)  # a signal handler may stop it meanwhile
