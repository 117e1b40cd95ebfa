"""Log lines about sessions for the operator, as text or JSON."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from pop3lab.core.events import (
    ConnectionOpened,
    Event,
    PlaintextAfterStls,
    SessionEnded,
    StoreError,
    TlsFailed,
    UnexpectedTls,
)
from pop3lab.observe.stderr import write_line_nonblocking

_BEHIND = "octets in clear came behind STLS, before TLS was active: none of them was obeyed"
_HELLO = "the client began TLS where there is none: it may have the wrong port"
_LEVELS = logging.getLevelNamesMapping()


class Log:
    """Logs the start (debug) and end (info) of sessions, and store errors (error).

    Also plaintext after STLS (warning) and failed TLS handshakes (info).
    """

    wants_lines = False

    def __init__(self, file: TextIO, form: str = "text", level: str = "info") -> None:
        """form: "text" or "json". level: the lowest level to log."""
        self._file = file
        self._json = form == "json"
        self._least = _LEVELS[level.upper()]
        self._peers: dict[int, str] = {}

    def on_event(self, seconds: float, event: Event) -> None:
        """Log the event."""
        match event:
            case ConnectionOpened(session, peer):
                self._peers[session] = peer
                self.write(
                    "debug", "connection_opened", {"session": session, "peer": peer}, seconds
                )
            case PlaintextAfterStls(session):
                self._write_why("warning", "plaintext_after_stls", session, _BEHIND, seconds)
            case UnexpectedTls(session):
                self._write_why("warning", "unexpected_tls", session, _HELLO, seconds)
            case TlsFailed(session, reason):
                self._write_why("info", "tls_failed", session, reason, seconds)
            case StoreError(session, reason):
                self.write("error", "store_error", {"session": session, "reason": reason}, seconds)
            case SessionEnded(session, reason, user, verbs):
                facts = {"session": session, "peer": self._peers.pop(session, ""), "user": user}
                fields = {
                    "end_reason": reason,
                    "commands": sum(times for _, times in verbs.items()),
                }
                self.write("info", "session_ended", {**facts, **fields}, seconds)

    def _write_why(self, level: str, event: str, session: int, reason: str, seconds: float) -> None:
        peer = self._peers.get(session, "")
        self.write(level, event, {"session": session, "peer": peer, "reason": reason}, seconds)

    def write(
        self, level: str, event: str, facts: Mapping[str, object], seconds: float | None = None
    ) -> None:
        """Write a line. Values are escaped, so that a client can't forge lines."""
        if _LEVELS[level.upper()] < self._least:
            return
        when = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
        stamp = when.isoformat(timespec="milliseconds")
        if self._json:
            line = json.dumps({"ts": stamp, "level": level, "event": event, **facts})
        else:
            fields = " ".join(f"{name}={_plain(value)}" for name, value in facts.items())
            line = f"{stamp} {level} {event} {fields}"
        write_line_nonblocking(self._file, line)


def _plain(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
