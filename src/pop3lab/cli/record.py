"""`pop3lab record HOST:PORT --out FILE`: a relay that writes a transcript."""

import _socket
import asyncio
import ssl
import sys
from collections.abc import Mapping, Sequence
from socket import socket

from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import FILE, FLAG, HOST, OUTPUT_FILE, PORT, one_of
from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_CONFIG_FILE, check_readable
from pop3lab.files.streams import OutputStream
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.stderr import LoopErrorReporter, StoreErrorReporter, write_line_nonblocking
from pop3lab.observe.transcript_file import TranscriptFile, form_for
from pop3lab.recording.redaction import Masking
from pop3lab.recording.relay import ClientSecurity, Relay, Upstream, UpstreamSecurity
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.listen import exposed, listen, print_line
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.service import Service
from pop3lab.transport.signals import StopSignals
from pop3lab.transport.tls import Tls

_POP3S = 995
_PEER = "client:0"  # stands for the client's address
_WAYS = [way.value for way in UpstreamSecurity]


def _flag(name: str, meaning: str) -> Option:
    return Option("options", FLAG, meaning, name=name, default=False)


OPTIONS = (
    Option(
        "options",
        OUTPUT_FILE,
        "write the transcript to this file, or - for stderr; required",
        name="out",
    ),
    Option(
        "options",
        one_of(*_WAYS),
        "how to connect to the server; if unset, tls for port 995, else plain",
        name="server",
    ),
    Option(
        "options",
        FILE,
        "CA that signs the server's certificate; if unset, the system's CAs",
        name="ca",
    ),
    _flag("insecure", "accept any certificate of the server"),
    Option("options", HOST, "address to listen on", name="host", default="127.0.0.1"),
    Option("options", PORT, "port to listen on; 0: a free one", name="port", default=0),
    _flag("tls", "expect implicit TLS from the client"),
    _flag("stls", "offer STLS to the client, whatever the server does"),
    Option("options", FILE, "write the CA that the client must trust to this file", name="ca-out"),
    _flag("keep-addresses", "mask secrets only, not names and addresses"),
    _flag("mask-messages", "mask addresses in messages, too"),
)


def run(command: str, words: Sequence[str]) -> int:
    """Print the port, relay until SIGTERM or SIGINT. Raises ConfigError, OSError."""
    found, operands = read_words(OPTIONS, words)
    if len(operands) != 1 or not found.get("out"):
        raise ConfigError("record needs one HOST:PORT, and --out FILE")
    upstream = _upstream(operands[0], found)
    tls = self_signed(["localhost", "127.0.0.1"], _text(found, "ca_out")).own
    return run_loop(_Recording(found, upstream, tls).run())


def _text(found: Mapping[str, object], name: str) -> str | None:
    return None if found.get(name) is None else str(found[name])


def _upstream(operand: str, found: Mapping[str, object]) -> Upstream:
    host, colon, port = operand.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ConfigError(f"{operand!r} is not HOST:PORT, such as pop.example.org:110")
    way = _text(found, "server") or ("tls" if int(port) == _POP3S else "plain")
    return Upstream(host.strip("[]"), int(port), UpstreamSecurity(way), _context(found))


def _client_security(found: Mapping[str, object]) -> ClientSecurity:
    if found.get("tls") and found.get("stls"):
        raise ConfigError("--tls and --stls exclude each other: give one of them")
    if found.get("tls"):
        return ClientSecurity.TLS
    return ClientSecurity.STLS if found.get("stls") else ClientSecurity.PASSED


def _context(found: Mapping[str, object]) -> ssl.SSLContext:
    ca = _text(found, "ca")
    try:
        if ca:
            check_readable(ca, MAX_CONFIG_FILE)
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise ConfigError(f"--ca {ca!r} holds no certificate in PEM") from None
    except OSError as error:
        raise ConfigError(f"--ca {ca!r} can't be read: {error.strerror}") from None
    if found.get("insecure"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _complain(line: str) -> None:
    write_line_nonblocking(sys.stderr, f"pop3lab: {line}")


class _Recording:
    """Listens, and relays each client."""

    def __init__(self, found: Mapping[str, object], upstream: Upstream, tls: Tls) -> None:
        self._upstream = upstream
        self._tls = tls
        self._client_security = _client_security(found)
        self._address = str(found["host"]), int(str(found["port"]))
        self._out = str(found["out"])
        self._masked = {
            "addresses": not found.get("keep_addresses"),
            "messages": bool(found.get("mask_messages")),
        }
        self._events = EventQueue()
        self._service: Service[Relay] = Service(self._client)
        self._number = 0

    async def run(self) -> int:
        """Relay until a signal; return the exit code."""
        loop = asyncio.get_running_loop()
        stopping = StopSignals(self._service.stop)
        stopping.begin()
        loop.set_exception_handler(LoopErrorReporter(_complain).handle)
        listener = socket(fileno=listen(*self._address).detach())
        file = self._begin()  # only now, because it empties the file
        if reached := exposed(listener.getsockname()[0]):
            _complain(f"warning: {reached} and log in by this relay")
        print_line(f"{listener.getsockname()[1]}\n")
        async with self._events.draining():
            await self._service.serve(ListeningSocket(listener))
        file.close()
        return stopping.end()

    def _begin(self) -> TranscriptFile:
        try:
            stream = OutputStream(self._out, wait_for_reader=True)
            stream.empty()
        except OSError as error:
            raise ConfigError(f"--out {self._out!r}: {error.strerror}") from None
        file = TranscriptFile(stream, sys.stderr, form=form_for(self._out, stream))
        masking = Masking([file, StoreErrorReporter(sys.stderr)], **self._masked)
        self._events.listeners.append(masking)
        self._events.writers.append(file)
        return file

    def _client(self, reactor: Reactor, client: _socket.socket, peer: str, secure: bool) -> None:
        self._number += 1
        relay = Relay(
            self._number,
            self._upstream,
            self._tls,
            client_security=self._client_security,
            sink=self._events,
            peer=_PEER,
            closed=self._service.leave,
        )
        self._service.enter(relay)
        relay.client.begin(client, reactor)
