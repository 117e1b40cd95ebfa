"""Changes of the rules, as live events, whoever makes them: a test, a line on stdin, HTTP."""

from pop3lab.rules.engine import Rules
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.shapes import rules_shape


def tell_changes(rules: Rules, live: LiveEvents) -> None:
    """From now on tell those who watch which rules are in force."""
    rules.on_change = lambda: live.publish("rules", rules_shape(rules))
