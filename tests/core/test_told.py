"""What is told of a maildrop: what is read of it for the client, and nothing else."""

from pop3lab.core.events import Event, MessageRead, MessagesDeleted
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.text import MessageText
from tests.dialogue import done, fed, session


class Looks(Hooks):
    """Reads each message when a maildrop is opened."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for entry in maildrop.snapshot.entries:
            assert isinstance(maildrop.read(entry.uid), MessageText)
            self.seen.append(entry.uid)
        return maildrop


class Keeps:
    """A watch that keeps what it is told of messages."""

    wants_lines = True

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, MessageRead | MessagesDeleted):
            self.events.append(event)


def test_what_a_script_reads_at_login_is_not_told() -> None:
    looks, keeps = Looks(), Keeps()
    played = session(hooks=looks, sink=keeps)
    done(played.greeting())
    done(fed(played, b"USER ann\r\nPASS secret\r\n"))
    assert len(looks.seen) == 2
    assert keeps.events == []
    done(fed(played, b"TOP 2 0\r\nDELE 1\r\nQUIT\r\n"))
    assert keeps.events == [MessageRead(7, looks.seen[1]), MessagesDeleted(7, (looks.seen[0],))]
