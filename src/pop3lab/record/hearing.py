"""What is told of a relayed session: its lines, as if the server were ours."""

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.events import Did, Ended, Event, Failed, Left, Opened, Received, Secured, Watch
from pop3lab.core.tally import Tally
from pop3lab.core.wire import Lines

_LINE = 65_536  # octets of a line that are told


class Hearing:
    """Makes events of the octets of both sides, and knows where STLS stands."""

    def __init__(self, number: int, watch: Watch, peer: str) -> None:
        self._number = number
        self._watch = watch
        self._lines = Lines(_LINE)
        self._rest = b""  # what the server has said of a line
        self._verbs = Tally()
        self._verb = b""
        self._auth = False  # the client's next line is a response
        self.tell(Opened(number, peer))

    def tell(self, event: Event) -> None:
        """Tell whoever watches."""
        self._watch.tell(event)

    def did(self, action: Action) -> None:
        """The server did this."""
        self.tell(Did(self._number, action))

    def client(self, data: bytes) -> bool:
        """Octets of the client; whether they end in STLS."""
        for line in self._lines.feed(data):
            self.tell(Received(self._number, line, response=self._auth))
            if not self._auth:
                self._verb = line.split(b" ")[0].strip().upper()
                self._verbs.add(self._verb.decode("ascii", "backslashreplace"), made_up=True)
                self._auth = self._verb == b"AUTH"
        return self._verb == b"STLS" and not self._lines.begun

    def server(self, data: bytes) -> bytes:
        """Octets of the server; the lines that are complete."""
        lines, crlf, self._rest = (self._rest + data).rpartition(b"\r\n")
        if crlf:
            self._auth = self._auth and lines.startswith(b"+ ")
            self.did(Send(lines + crlf, Part.HEAD))
        return lines + crlf

    def secured(self, version: str) -> None:
        """The client's side is under TLS."""
        self._lines = Lines(_LINE)
        self._verb = b""
        self.tell(Secured(self._number, version))

    def server_gone(self, reset: bool) -> None:
        """The server has closed."""
        self._flush()
        self.did(Reset() if reset else Close())

    def client_gone(self, reset: bool) -> None:
        """The client has."""
        self._flush()
        how = "reset" if reset else "closed"
        self.tell(Ended(self._number, "quit" if self._verb == b"QUIT" else how, None, self._verbs))
        self.tell(Left(self._number, how))

    def failed(self, reason: str) -> None:
        """The session can't be relayed."""
        self.tell(Failed(self._number, reason))

    def _flush(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self.did(Send(rest, Part.HEAD))
