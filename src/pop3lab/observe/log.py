"""Log lines about sessions for the operator, as text or JSON."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from pop3lab.core.events import (
    ConnectionOpened,
    Event,
    LoggedIn,
    LoginRefused,
    MessageDelivered,
    PlaintextAfterStls,
    SessionEnded,
    StoreError,
    TlsFailed,
    UnexpectedTls,
)
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.stderr import write_line_nonblocking

_BEHIND = "octets in clear came behind STLS, before TLS was active: none of them was obeyed"
_HELLO = "the client began TLS where there is none: it may have the wrong port"
_MASK = "****"
_LEVELS = logging.getLevelNamesMapping()


class Log:
    """Logs the start (debug) and end (info) of sessions, and store errors (error).

    Also each login, each message that came by SMTP or LMTP (info), refused logins and plaintext
    after STLS (warning), and failed TLS handshakes (info).
    """

    wants_lines = False

    def __init__(
        self,
        file: TextIO,
        form: str = "text",
        level: str = "info",
        *,
        is_secret: IsSecret = no_secrets,
    ) -> None:
        """form: "text" or "json". level: the lowest level to log.

        is_secret: recognizes passwords of users, which somebody may give as a name.
        """
        self.worker = 0  # the number of this process, if there are several: for each line
        self._file = file
        self._json = form == "json"
        self._least = _LEVELS[level.upper()]
        self._informs = self._least <= logging.INFO
        self._peers: dict[int, str] = {}
        self._is_secret = is_secret

    def on_event(self, seconds: float, event: Event) -> None:
        """Log the event."""
        match event:
            case ConnectionOpened(session, peer):
                self._peers[session] = peer
                self.write(
                    "debug", "connection_opened", {"session": session, "peer": peer}, seconds
                )
            case LoggedIn() | LoginRefused():
                self._write_login(event, seconds)
            case StoreError(session, reason, user, path):
                facts = {"session": session, "user": self._shown(user), "path": path or None}
                self.write("error", "store_error", {**facts, "reason": reason}, seconds)
            case MessageDelivered():
                self._write_delivery(event, seconds)
            case SessionEnded():
                self._write_end(event, seconds)
            case _:
                self._write_trouble(event, seconds)

    def _write_trouble(self, event: Event, seconds: float) -> None:
        match event:
            case PlaintextAfterStls(session):
                self._write_why("warning", "plaintext_after_stls", session, _BEHIND, seconds)
            case UnexpectedTls(session):
                self._write_why("warning", "unexpected_tls", session, _HELLO, seconds)
            case TlsFailed(session, reason):
                self._write_why("info", "tls_failed", session, reason, seconds)

    def _write_delivery(self, event: MessageDelivered, seconds: float) -> None:
        facts = {name: value for name, value in event._asdict().items() if name != "session"}
        to = ",".join(event.recipients)
        facts |= {"user": self._shown(event.user), "uid": event.uid or None, "recipients": to}
        self.write("info", "message_delivered", facts, seconds)

    def _shown(self, user: str | None) -> str | None:
        return _MASK if user and self._is_secret(user) else user or None

    def _write_end(self, event: SessionEnded, seconds: float) -> None:
        """Write what Dovecot writes of a session: numbers of commands, and octets."""
        peer = self._peers.pop(event.session, "")
        if not self._informs:
            return
        times, mail = dict(event.verbs.items()), event.mail
        facts = {
            "session": event.session,
            "peer": peer,
            "user": self._shown(event.user),
            "end_reason": event.end_reason,
            "commands": sum(times.values()),
            "top": (times.get("TOP", 0), mail.top_octets),
            "retr": (times.get("RETR", 0), mail.retr_octets),
            "del": (mail.deleted, mail.messages),
            "size": mail.octets,
        }
        self.write("info", "session_ended", facts, seconds)

    def _write_login(self, event: LoggedIn | LoginRefused, seconds: float) -> None:
        if isinstance(event, LoggedIn) and not self._informs:
            return
        facts = {
            "session": event.session,
            "peer": self._peers.get(event.session, ""),
            "user": self._shown(event.user),
            "mechanism": event.mechanism,
            "tls": "yes" if event.secure else "no",
        }
        if isinstance(event, LoginRefused):
            self.write("warning", "login_refused", {**facts, "reason": event.reason}, seconds)
            return
        held = {"messages": len(event.snapshot.entries), "octets": event.snapshot.octets}
        self.write("info", "logged_in", {**facts, **held}, seconds)

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
        if self.worker:
            facts = {"worker": self.worker, "pid": os.getpid(), **facts}
        if self._json:
            line = json.dumps({"ts": stamp, "level": level, "event": event, **facts})
        else:
            fields = " ".join(f"{name}={_plain(value)}" for name, value in facts.items())
            line = f"{stamp} {level} {event} {fields}"
        write_line_nonblocking(self._file, line)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    text = "-" if value is None else str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
