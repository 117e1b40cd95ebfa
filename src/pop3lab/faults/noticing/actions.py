"""Whether what is done is something else than the book's actions, one by one."""

from collections import deque
from collections.abc import Callable, Iterator

from pop3lab.core.actions import Action, Send, Wait
from pop3lab.faults.noticing.octets import Changed

Actions = Iterator[Action]


def done(actions: Actions, ask: Callable[[Actions], Actions], changed: Changed) -> Actions:
    """The actions that a script makes of these."""
    kept = _Kept(actions)
    answer = ask(kept)
    return actions if answer is kept else _compared(kept, answer, changed)


def _compared(kept: "_Kept", answer: Actions, changed: Changed) -> Actions:
    differs = False
    for action in answer:
        if not (differs or kept.matches(action)):
            differs = True
            changed()
        yield action
    if not (differs or kept.is_done):
        changed()


class _Kept:
    """The book's actions, remembered until they have been done. Waiting is none."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._left: deque[Action] = deque()
        self._over = False

    def __iter__(self) -> Actions:
        return self

    def __next__(self) -> Action:
        try:
            action = next(self._actions)
        except StopIteration:
            self._over = True
            raise
        if not isinstance(action, Wait):
            self._left.append(action)
        return action

    def matches(self, action: Action) -> bool:
        """Whether it is the next one that was pulled; nothing is the same before it was."""
        if isinstance(action, Wait):
            return True
        return bool(self._left) and _same(self._left.popleft(), action)

    @property
    def is_done(self) -> bool:
        """Whether all have been."""
        return self._over and not self._left


def _same(one: Action, other: Action) -> bool:
    """Of octets the part does not count: no client sees it."""
    if isinstance(one, Send) and isinstance(other, Send):
        return one.data == other.data
    return one == other
