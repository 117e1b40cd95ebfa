"""Output of the server other than replies: logs, hints, statistics, the transcript."""

import os
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from pop3lab.config.checks import is_loopback
from pop3lab.config.option import Option
from pop3lab.config.options import TABLE, Settings
from pop3lab.config.types import FLAG, HostPort
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import Event, StoreError
from pop3lab.files.streams import OutputStream
from pop3lab.observe.stderr import write_line_nonblocking

if TYPE_CHECKING:
    from pop3lab.observe.log import Log
    from pop3lab.transport.readiness import ReadinessNotifier

# Of the commands that have options of their own.
TRANSCRIPT_BODIES = Option(
    "options",
    FLAG,
    TABLE["transcript-bodies"].help,
    name="transcript-bodies",
    default=False,
)


def open_transcript(path: str, *, wait: bool = False) -> OutputStream:
    """Open the file; its content stays until it is emptied. wait: for the reader of a pipe.

    Raises ConfigError.
    """
    try:
        return OutputStream(path, wait_for_reader=wait)
    except OSError as error:
        raise ConfigError(f"cannot write the transcript to {path!r}: {error.strerror}") from None


class Sentences:
    """A substitute for the log that reports only problems, as sentences."""

    wants_lines = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def on_event(self, seconds: float, event: Event) -> None:
        """Report a store error."""
        if isinstance(event, StoreError):
            self._tell(event.sentence)

    def write(
        self, level: str, event: str, facts: Mapping[str, object], seconds: float | None = None
    ) -> None:
        """Report warnings and errors like a log, certificates, and the address of the page."""
        if level in ("warning", "error") or event in ("certificate", "web"):
            said = " ".join(str(fact) for fact in facts.values())
            self._tell(f"{_BEFORE.get(event, '')}{said}")

    def _tell(self, sentence: str) -> None:
        write_line_nonblocking(self._file, f"pop3lab: {sentence}")


_BEFORE = {
    "target": "note: ",
    "accounts": "note: ",
    "oauth": "note: ",
    "certificate": "note: ",
    "web": "page and API: ",
    "rule_never_applied": "never happened: ",
}


def print_statistics(text: str) -> None:
    """Write to stdout, whose reader may be gone or whose disk may be full."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_hint(settings: Settings, ports: Mapping[str, int], file: TextIO) -> None:
    """Explain on stderr how to connect."""
    name, password, who = _whose(settings)
    scheme, port = next(iter(ports.items()))
    host = _ANY_ADDRESS.get(settings.hosts[0], settings.hosts[0])
    url = f"{scheme}://{_in_url(name)}:{_in_url(password)}@{HostPort(host, port)}/"
    curl = f"curl {_curl_options(settings, scheme)}"
    first, second = f"{curl}{shlex.quote(url)}", f"{curl}{shlex.quote(f'{url}1')}"
    write_line_nonblocking(
        file,
        _mail_hint(host, ports)
        + f"""\
pop3lab serves POP3 on {host} port {port}: {who}. Try

    {first.ljust(len(second))}   lists the messages
    {second}   retrieves the first

Ctrl-C stops it{" and prints the statistics" if settings.statistics else ""}.""",
    )


def _mail_hint(host: str, ports: Mapping[str, int]) -> str:
    """Tell where mail comes in."""
    names = [name for name in ("smtp", "smtps", "lmtp") if name in ports]
    return "".join(f"pop3lab takes mail by {n.upper()} on {host} port {ports[n]}\n" for n in names)


def _whose(settings: Settings) -> tuple[str, str, str]:
    """Return a name, a password, and a sentence about both."""
    if settings.any_user:
        return "anybody", "anything", "any user, any password"
    user = next((user for user in settings.users if user.password), None)
    name, password = (user.name, user.password or "") if user else ("NAME", "PASSWORD")
    return name, password, f"user `{name}`, password `{password}`"


_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nobody listens here


def _in_url(text: str) -> str:
    from urllib.parse import quote  # only for hints

    return quote(text, safe="")


def _curl_options(settings: Settings, scheme: str) -> str:
    """Return what curl needs where TLS is needed."""
    clear = settings.allow_clear_passwords
    if scheme == "pop3" and (is_loopback(settings.hosts[0]) if clear is None else clear):
        return ""
    stls = "--ssl-reqd " if scheme == "pop3" else ""
    ca = settings.ca_out or settings.cert
    return f"{stls}--cacert {shlex.quote(ca)} " if ca else f"{stls}-k "


class ReloadReporter:
    """Reports reloads to the log and the supervisor."""

    def __init__(self, log: "Log | Sentences", notifier: "ReadinessNotifier") -> None:
        self._log = log
        self._notifier = notifier

    def reloading(self) -> None:
        """It has begun."""
        self._notifier.reloading()

    def reloaded(self) -> None:
        """It is done."""
        self._log.write("info", "reloaded", {})

    def not_reloaded(self, reason: str) -> None:
        """All stays as it was."""
        self._log.write("error", "reload_failed", {"reason": reason})

    def ready(self) -> None:
        """The server serves as before."""
        self._notifier.ready()
