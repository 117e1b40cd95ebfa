"""What happens besides lines, in words: what stands in brackets in a transcript."""

import math
import re
from datetime import UTC, datetime

from pop3lab.core.actions import Action, Close, EndTLS, Hear, Pause, Reset, Shut, StartTLS
from pop3lab.core.events import (
    Behind,
    Deleted,
    Did,
    Ended,
    Entered,
    Event,
    Failed,
    Fired,
    Hello,
    Left,
    Opened,
    Secured,
    Unsecured,
    Violated,
)

RULE = "rule: "
VIOLATION = "violation "

_DEAF = " without reading"
_SECONDS = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,2})?"
_PAUSE = re.compile(rf"(?:pause ({_SECONDS})|stall)({_DEAF})?")
_BETWEEN = " and in clear between its records "
_TLS = re.compile(rf"start TLS(?: with certificate (\S+))?(?:{_BETWEEN}(.+))?", re.DOTALL)
_NOTIFY = " with close_notify"
_OF_EVENTS: dict[type, str] = {
    Behind: "octets behind STLS",
    Hello: "a TLS hello where there is no TLS",
}
_NAMES: dict[type, str] = {EndTLS: "end TLS", Reset: "reset", Hear: "wait for the client"}


def note_of(event: Event, seconds: float) -> str:
    """What is to be said of it, empty for nothing. seconds: since the epoch."""
    match event:
        case Opened(_, peer):
            at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
            return f"opened from {peer} at {at}"
        case Secured(_, version):
            return f"TLS {version}"
        case Entered(_, user, mechanism, snapshot):
            messages = len(snapshot.entries)
            many = "" if messages == 1 else "s"
            return f"logged in: {user} by {mechanism}, {messages} message{many}"
        case Ended(_, how, user, _):
            return f"ended: {how}" if user is None else f"ended: {how}, user {user}"
        case Left(_, how):
            return f"gone: {how}"
    return named(event.action) if isinstance(event, Did) else _note_within(event)


def _note_within(event: Event) -> str:
    match event:
        case Deleted(_, uids):
            return f"deleted: {' '.join(uids)}"
        case Fired(rule=rule):
            return f"{RULE}{rule}"
        case Violated(_, name, meaning):
            return f"{VIOLATION}{name}: {meaning}"
        case Unsecured(_, reason):
            return f"no TLS: {reason}"
        case Failed(_, reason):
            return f"failed: {reason}"
    return _OF_EVENTS.get(type(event), "")


def named(action: Action) -> str:
    """The action in words; empty for Send and Wait, which have none."""
    match action:
        case Pause(seconds, deaf):
            pause = "stall" if seconds == math.inf else f"pause {seconds:g}"
            return pause + (_DEAF if deaf else "")
        case StartTLS(certificate, between):
            named = f" with certificate {certificate}" if certificate else ""
            octets = between.decode("latin-1")
            return f"start TLS{named}{_BETWEEN + octets if octets else ''}"
        case Shut(notify):
            return "half-close" + (_NOTIFY if notify else "")
        case Close(notify):
            return "close" if notify else "close without close_notify"
    return _NAMES.get(type(action), "")


def action_of(note: str) -> Action | None:
    """The action that has this name; None for any other note."""
    if pause := _PAUSE.fullmatch(note):
        return Pause(float(pause[1] or math.inf), pause[2] is not None)
    if tls := _TLS.fullmatch(note):
        return StartTLS(tls[1] or "", (tls[2] or "").encode("latin-1", "replace"))
    plain = (EndTLS(), Shut(), Shut(notify=True), Close(), Close(notify=False), Reset(), Hear())
    return next((action for action in plain if named(action) == note), None)
