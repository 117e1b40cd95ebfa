"""The lines of one session, each with what came back for it."""

from pop3lab.core.actions import Action, EndTLS, Send, StartTLS, Wait
from pop3lab.core.events import Received
from pop3lab.core.exchange import GREETING
from pop3lab.core.tracker import ExchangeTracker
from pop3lab.watch.violations.answer import Answer, Answering
from pop3lab.watch.violations.said import Done, Said

_MOST = 10_000  # exchanges that the client may not know of yet
PATIENCE = 10.0  # seconds in which no client may lose it


class Exchanges:
    """Puts each answer to its line; begins with the greeting, which nobody asks for.

    bent: a rule took part in the exchange at hand. unasked: octets came that belong to no line.
    forgets: there was more that the client may not know of yet than is remembered.
    sound: the last exchange that is over had an answer that a client can make sense of.
    """

    def __init__(self, seconds: float) -> None:
        self.unasked = False
        self.forgets = False
        self.sound = True
        self._tracker = ExchangeTracker()
        self._done: list[Done] = []
        self._expect(Said(b"", GREETING.verb, None, seconds))

    def _expect(self, said: Said | None) -> None:
        self._said = said
        self._answering = Answering(self._tracker.reply, kept=said is not None and said.lists)
        self._seconds = 0.0
        self._uid = ""
        self._held = False
        self.bent = False

    def begin(self, seconds: float, received: Received) -> Said:
        """What comes from now on belongs to this line."""
        self._over()
        exchange = self._tracker.begin(received.line, received.response)
        said = Said.of(seconds, received, exchange)
        self._expect(said)
        return said

    def pause(self) -> None:
        """What comes from now on belongs to no line."""
        self._over()
        self._expect(None)

    def _over(self) -> None:
        if self._said:
            done = Done(self._said, self.answer, self._seconds, self._uid, self.bent)
            self.sound = done.sound
            self._remember(done)
        elif self._answering.octets:
            self.unasked = True

    def _remember(self, done: Done) -> None:
        self._done.append(done)
        if len(self._done) > _MOST:
            self.forgets = True
            self._done = [done]

    @property
    def answer(self) -> Answer:
        """To the line at hand, as far as it has come."""
        return self._answering.read()

    @property
    def silent(self) -> bool:
        """Whether nothing has come for the line at hand."""
        return not self._answering.octets

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

    def end(self, seconds: float) -> Done | None:
        """Nothing more comes. The last line, if the client left before the end of its answer.

        Who has waited long for more of one that had begun has not left in the middle.
        """
        bent, silent = self.bent, self.silent
        goes_on = not self._held and seconds - self._seconds < PATIENCE
        left = silent or (self._tracker.reply.cut and goes_on)
        asked = self._said
        self.pause()
        self.bent = bent
        return self._done.pop() if left and asked else None
