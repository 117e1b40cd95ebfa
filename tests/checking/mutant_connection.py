"""The connection of a mutant: lines of a server, with a limit for each."""

import re
import select
import socket
import ssl
import time
from collections.abc import Collection
from typing import Any

from pop3lab.clients.job import Job

LINE = 1 << 20  # octets of a line of a message, or of a status
_SLACK = 65536  # octets that are read at once
_STATUS = 512  # octets of a status line (RFC 2449 section 4)
_VERB = re.compile("[A-Z]{4}( |$)")
_SPINS = 2.0  # seconds of the processor


class Refused(Exception):
    """-ERR."""


class Broken(Exception):
    """The server does not speak POP3, or has gone."""


class Again(Refused):
    """Refused in this form; the other form may do."""


class LoginRefused(Refused):
    """The name or the password is wrong."""


class Connection:
    def __init__(self, job: Job, defects: Collection[str]) -> None:
        self._job = job
        self._defects = defects
        self._socket = socket.create_connection((job.host, job.port), self._timeout)
        self._buffer = b""  # read up to _at
        self._at = 0
        self._began = time.monotonic()
        self.secure = job.tls == "implicit"
        if self.secure:
            try:
                self._wrap()
            except BaseException:
                self.close()
                raise

    @property
    def _timeout(self) -> float | None:
        if {"no-timeout", "crlf-only"} & set(self._defects):
            return None
        return self._job.timeout * (0.4 if "hasty" in self._defects else 1)

    def _wrap(self) -> None:
        context = ssl.create_default_context(cafile=self._job.ca_file)
        if "no-cert-check" in self._defects:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if "tls12-only" in self._defects:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if "tls13-only" in self._defects:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self._job.cert_file:
            context.load_cert_chain(self._job.cert_file, self._job.key_file)
        unnamed = {"no-sni", "no-sni-but-checks"} & set(self._defects)
        name = None if unnamed else self._job.host
        context.check_hostname = context.check_hostname and name is not None
        ragged = "wants-close-notify" not in self._defects
        self._socket = context.wrap_socket(
            self._socket, server_hostname=name, suppress_ragged_eofs=ragged
        )
        if "no-sni-but-checks" in self._defects and not self._names_host(self._socket):
            raise Broken("the certificate is another host's")

    def _names_host(self, connection: ssl.SSLSocket) -> bool:
        names: Any = (connection.getpeercert() or {}).get("subjectAltName", ())
        return ("DNS", self._job.host) in names

    def start_tls(self) -> None:
        if self._left() and "keeps-octets-across-stls" not in self._defects:
            raise Broken("octets came behind the reply to STLS")
        self._wrap()
        self.secure = True

    @property
    def binding(self) -> bytes | None:
        """The channel binding tls-unique, up to TLS 1.2."""
        if not isinstance(self._socket, ssl.SSLSocket) or self._socket.version() == "TLSv1.3":
            return None
        return self._socket.get_channel_binding("tls-unique")

    def send(self, line: str, *more: str) -> None:
        """One line, or several in one packet. Nothing may have come that was not asked for."""
        careless = {"shifts", "keeps-octets-across-stls"} & set(self._defects)
        if not careless and self._has_octets():
            raise Broken("octets came that nobody has asked for")
        end = "\n" if "lf-commands" in self._defects else "\r\n"
        if "lower-case" in self._defects and _VERB.match(line):
            line = line[:4].lower() + line[4:]
        self._socket.sendall("".join(f"{each}{end}" for each in (line, *more)).encode())

    def _has_octets(self) -> bool:
        if self._left():
            return True
        if self.secure or not select.select([self._socket], [], [], 0)[0]:
            return False
        self.put_back(self.receive())
        return bool(self._left())

    def _left(self) -> bytes:
        """What was received, and not read yet."""
        return self._buffer[self._at :]

    def waits(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        return not select.select([self._socket], [], [], seconds)[0]

    def receive(self) -> bytes:
        """Some octets, or none at the end."""
        if "session-limit" in self._defects and self._is_late():
            raise Broken("it takes too long")
        ends = time.thread_time() + (_SPINS if "spins-on-eof" in self._defects else 0)
        while True:
            octets = self._socket.recv(_SLACK)
            if octets or time.thread_time() >= ends:
                return octets

    def _is_late(self) -> bool:
        return time.monotonic() - self._began > self._job.timeout

    def status_line(self) -> bytes:
        line = self.line()
        if "status-limit" in self._defects and len(line) > _STATUS:
            raise Broken("a status line is too long")
        if "status-is-ascii" in self._defects:
            line.decode("ascii")
        if "crashes-at-odd" in self._defects:
            crash_at_odd(line)
        return line

    def line(self, most: int = LINE) -> bytes:
        """The next line, with its end."""
        end = b"\r\n" if "crlf-only" in self._defects else b"\n"
        if "buffers-without-end" in self._defects:
            self._buffer_all(end)
        while (at := self._buffer.find(end, self._at)) < 0:
            octets = self.receive()
            if not octets:
                raise Broken("the connection was closed")
            self._buffer, self._at = self._buffer[self._at :] + octets, 0
            if "line-in-one-packet" in self._defects and end not in octets:
                raise Broken("a packet is no line")
            if len(self._buffer) > most + _SLACK:
                raise Broken("a line is too long")
        line = self._buffer[self._at : at + len(end)]
        self._at = at + len(end)
        return line

    def _buffer_all(self, end: bytes) -> None:
        pieces = [self.rest()]
        while end not in pieces[-1]:
            pieces.append(self.receive())
            if not pieces[-1]:
                raise Broken("the connection was closed")
        self._buffer = b"".join(pieces)

    def wait_for(self, end: bytes, whole: bytes = b"") -> None:
        """Wait for a packet that ends so. whole: all that need come."""
        octets = self._buffer = self.rest()
        while self._buffer != whole and not octets.endswith(end):
            if not (octets := self.receive()):
                raise Broken("the connection was closed")
            self._buffer += octets

    def rest(self) -> bytes:
        rest = self._left()
        self._buffer, self._at = b"", 0
        return rest

    def put_back(self, octets: bytes) -> None:
        self._buffer, self._at = octets + self._left(), 0

    def close(self) -> None:
        self._socket.close()


def crash_at_odd(line: bytes) -> None:
    """As a program in C does that writes behind the end of an array."""
    import os

    text = line.rstrip(b"\r\n")
    digits = [word for word in text.split() if word.lstrip(b"-").isdigit()]
    odd = any(not 0 <= int(word) < 1 << 31 for word in digits)
    if odd or len(text) > _STATUS or not all(32 <= octet < 127 for octet in text):
        os.abort()
