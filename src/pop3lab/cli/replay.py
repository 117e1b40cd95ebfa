"""`pop3lab replay FILE`: plays the server's side of a transcript."""

import socket
import sys
from collections.abc import Sequence

from pop3lab.cli.outputs import TRANSCRIPT_BODIES
from pop3lab.cli.transcript import read_transcript
from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import FILE, FLAG, HOST, OUTPUT_FILE, PORT
from pop3lab.core.errors import ConfigError
from pop3lab.files.streams import OutputStream
from pop3lab.observe.escapes import escaped
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.stderr import write_line_nonblocking
from pop3lab.observe.transcript_file import TranscriptFile, form_for
from pop3lab.recording.player import Deviation
from pop3lab.recording.replay_server import ReplayServer
from pop3lab.recording.script import ReplayScript, needs_tls, read_scripts
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.listen import exposed, listen, print_line
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.signals import StopSignals
from pop3lab.transport.tls import Tls

_CLEAN, _DEVIATED = 0, 1

OPTIONS = (
    Option(
        "options",
        FLAG,
        "require identical commands; otherwise the verb must match, and differences are reported",
        name="strict",
        default=False,
    ),
    Option("options", HOST, "address to listen on", name="host", default="127.0.0.1"),
    Option("options", PORT, "port to listen on; 0: a free one", name="port", default=0),
    Option("options", FLAG, "expect implicit TLS", name="tls", default=False),
    Option("options", FILE, "write the CA's certificate to this file", name="ca-out"),
    Option(
        "options",
        OUTPUT_FILE,
        "write the transcript of this run to this file; -: on stderr",
        name="transcript",
    ),
    TRANSCRIPT_BODIES,
)


def run(command: str, words: Sequence[str]) -> int:
    """Print the port, play until SIGTERM or SIGINT, then print the deviations of clients.

    Returns 1 if there are any. Raises ConfigError, OSError.
    """
    found, operands = read_words(OPTIONS, words)
    if len(operands) != 1:
        raise ConfigError("replay needs one FILE, a transcript")
    scripts = read_transcript(operands[0], read_scripts)
    certificate = None
    if found.get("tls") or needs_tls(scripts):
        certificate = self_signed(["localhost", "127.0.0.1"], found.get("ca_out")).own  # type: ignore[arg-type]
    deviations, code = run_loop(_play(scripts, found, certificate))
    for deviation in deviations:
        print(_said(deviation))
    return code or (_DEVIATED if deviations else _CLEAN)


async def _play(
    scripts: Sequence[ReplayScript], found: dict[str, object], tls: Tls | None
) -> tuple[list[Deviation], int]:
    """Return the deviations, and the exit code that signals ask for."""
    listener = listen(str(found["host"]), int(str(found["port"])))
    events = EventQueue()
    transcript = _transcript(found.get("transcript"), bool(found.get("transcript_bodies")))
    if transcript:
        events.add_writer(transcript)
    replaying = ReplayServer(
        scripts,
        strict=bool(found.get("strict")),
        tls=tls,
        sink=events,
    )
    stopping = StopSignals(replaying.stop)
    stopping.begin()
    if reached := exposed(listener.getsockname()[0]):
        write_line_nonblocking(sys.stderr, f"pop3lab: warning: {reached} and read what is played")
    print_line(f"{listener.getsockname()[1]}\n")
    listening = ListeningSocket(socket.socket(fileno=listener.detach()), bool(found.get("tls")))
    async with events.draining():
        await replaying.serve(listening)
    if transcript:
        transcript.close()
    return replaying.deviations, stopping.end()


def _transcript(path: object, bodies: bool) -> TranscriptFile | None:
    if path is None:
        return None
    try:
        stream = OutputStream(str(path), wait_for_reader=True)
        stream.empty()
    except OSError as error:
        raise ConfigError(f"transcript {path!r}: {error.strerror}") from None
    form = form_for(str(path), stream)
    return TranscriptFile(stream, sys.stderr, form=form, folds=not bodies)


def _said(deviation: Deviation) -> str:
    wanted = escaped(deviation.wanted.rstrip(b"\r\n")) or "nothing more"
    line = escaped(deviation.line.rstrip(b"\r\n")) or "nothing"
    said = f"session {deviation.session}: expected {wanted}, got {line}"
    return f"{said}; sent the reply to {wanted}" if deviation.answered else said
