"""What happens in sessions and beside them, as live events."""

from pop3lab.core.events import ConnectionOpened, LineReceived, MessageDelivered
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.session_events import SessionEvents


def test_lines_are_numbered_on_while_thousands_of_sessions_come() -> None:
    live = LiveEvents()
    told = SessionEvents(live, SessionRecorder(), lambda text: False)
    told.on_event(1e9, ConnectionOpened(1, "192.0.2.1:1"))
    for number in range(2, 12_000):
        if number % 5000 == 0:
            told.on_event(1e9, LineReceived(1, b"NOOP\r"))
        told.on_event(1e9, ConnectionOpened(number, "192.0.2.1:1"))
    told.on_event(1e9, LineReceived(1, b"NOOP\r"))
    assert live.after(live.last - 1)[0].data["line"] == 4


def test_mail_that_comes_in_is_told_as_an_added_message() -> None:
    live = LiveEvents()
    told = SessionEvents(live, SessionRecorder(), lambda text: False)
    told.on_event(1e9, MessageDelivered(0, "ann", "7", 20, "SMTP", "bob@test", ("ann@test",)))
    [event] = live.after(0)
    assert (event.kind, event.session) == ("message", None)
    assert event.data == {"change": "added", "user": "ann", "uids": ["7"], "session": None}
