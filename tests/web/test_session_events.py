"""What happens in sessions and beside them, as live events."""

from pop3lab.core.events import MessageDelivered
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.session_events import SessionEvents


def test_mail_that_comes_in_is_told_as_an_added_message() -> None:
    live = LiveEvents()
    told = SessionEvents(live, SessionRecorder(), lambda text: False)
    told.on_event(1e9, MessageDelivered(0, "ann", "7", 20, "SMTP", "bob@test", ("ann@test",)))
    [event] = live.after(0)
    assert (event.kind, event.session) == ("message", None)
    assert event.data == {"change": "added", "user": "ann", "uids": ["7"], "session": None}
