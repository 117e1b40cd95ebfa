"""What a session of our own makes of the command at hand, by its events."""

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import Cut, Did, Event, Read, Received
from pop3lab.core.exchange import read_line


class ServedCommand:
    """The last line of the client, and how far it is answered.

    Note each event of one session, in order. verb: of the last command, in upper case, as the
    session took it; a response of SASL is none. answered: the last line has been, at least in
    part. What is on the wire may be something else, if a rule is in force: see ExchangeTracker.
    """

    __slots__ = ("_cut", "_uid", "answered", "verb")

    def __init__(self) -> None:
        self.verb = ""
        self.answered = False
        self._uid = ""  # of the message that is being sent
        self._cut = False

    def note(self, event: Event) -> str:
        """The unique-id of the message that RETR has sent to its end with this event, if any."""
        match event:
            case Did(_, Send(_, part)):
                return self.send(part)
            case Received():
                self.receive(event)
            case Read(_, uid):
                self._uid = uid if self.verb == "RETR" else ""
            case Cut():
                self._cut = True
        return ""

    def receive(self, event: Received) -> None:
        """A line has come: the same as note."""
        self._uid, self._cut, self.answered = "", False, False
        if not event.response:
            self.verb = event.verb or read_line(event.line).exchange.verb

    def send(self, part: Part) -> str:
        """Octets of this part of the reply are sent: the same as note."""
        self.answered = True
        if part is not Part.END:
            return ""
        uid, self._uid = self._uid, ""
        return "" if self._cut else uid
