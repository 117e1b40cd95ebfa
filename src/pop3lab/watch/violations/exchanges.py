"""The lines of one session, each with what came back for it."""

from pop3lab.core.actions import Action, EndTLS, Send, StartTLS, Wait
from pop3lab.core.exchange import GREETING
from pop3lab.watch.violations.answer import Answer, Answering
from pop3lab.watch.violations.said import Done, Said


class Exchanges:
    """Puts each answer to its line; begins with the greeting, which nobody asks for.

    bent: a rule took part in the exchange at hand. unasked: octets came that belong to no line.
    sound: the last exchange that is over had an answer that a client can make sense of.
    """

    def __init__(self, seconds: float) -> None:
        self.unasked = False
        self.sound = True
        self._done: list[Done] = []
        self._expect(Said(b"", GREETING.verb, None, seconds))

    def _expect(self, said: Said | None) -> None:
        self._said = said
        self._answering = Answering(said.multi, kept=said.lists) if said else Answering()
        self._seconds = 0.0
        self._uid = ""
        self._held = False
        self.bent = False

    def begin(self, said: Said | None) -> None:
        """What comes from now on belongs to this line, or to none."""
        if self._said:
            done = Done(self._said, self.answer, self._seconds, self._uid)
            self.sound = done.sound
            self._done.append(done)
        elif self._answering.octets:
            self.unasked = True
        self._expect(said)

    @property
    def answer(self) -> Answer:
        """To the line at hand, as far as it has come."""
        return self._answering.read()

    def take(self) -> list[Done]:
        """Those that are complete and were not taken before."""
        done, self._done = self._done, []
        return done

    def note(self, seconds: float, action: Action) -> None:
        """The server does something."""
        if isinstance(action, Send):
            self._answering.add(action.data)
            self._seconds = seconds
        elif not isinstance(action, Wait | StartTLS | EndTLS):
            self._held = True

    def read(self, uid: str) -> None:
        """A message is read for the line at hand."""
        self._uid = uid

    def end(self) -> Done | None:
        """Nothing more comes. The last line, if the client left in the middle of its answer."""
        bent = self.bent
        left = self._answering.cut and not self._held
        self.begin(None)
        self.bent = bent
        return self._done.pop() if left else None
