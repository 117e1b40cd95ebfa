"""One careful client, with a switch for each of many defects.

Without a switch it does nothing that a case holds against it. With a switch it makes one mistake
that real clients have made.
"""

import contextlib
import hashlib
import os
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator

from pop3lab.clients.function import ClientFunction
from pop3lab.clients.job import Job
from tests.checking.defects import DEFECTS

_MOST = 64 << 20  # octets of a message, or of a list
_LINE = 1 << 20  # octets of a line of a message, or of a status
_SPINS = 2.0  # seconds of the processor
_TRUSTING = ("same-uid-same-message", "uid-in-file-name", "uid-case-folds", "uid-cut-at-70")
_CODE = re.compile(rb"\[[A-Z/-]+\]")


class Refused(Exception):
    """-ERR."""


class Broken(Exception):
    """The server does not speak POP3, or has gone."""


class LoginRefused(Refused):
    """The name or the password is wrong."""


def mutant(*defects: str) -> ClientFunction:
    """The client with these defects."""
    assert not set(defects) - DEFECTS.keys()
    return lambda job: _Fetch(job, defects).messages()


class _Connection:
    """Lines of a server, with a limit for each."""

    def __init__(self, job: Job, defects: Collection[str]) -> None:
        timeout = None if {"no-timeout", "crlf-only"} & set(defects) else job.timeout
        if "hasty" in defects:
            timeout = 0.4 * job.timeout
        self._job = job
        self._defects = defects
        self._socket = socket.create_connection((job.host, job.port), timeout)
        self._buffer = b""
        self.secure = job.tls == "implicit"
        if self.secure:
            self._wrap()

    def _wrap(self) -> None:
        context = ssl.create_default_context(cafile=self._job.ca_file)
        if "no-cert-check" in self._defects:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if "tls12-only" in self._defects:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if "tls13-only" in self._defects:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        name = None if "no-sni" in self._defects else self._job.host
        context.check_hostname = context.check_hostname and name is not None
        self._socket = context.wrap_socket(self._socket, server_hostname=name)

    def start_tls(self) -> None:
        if self._buffer and "keeps-octets-across-stls" not in self._defects:
            raise Broken("octets came behind the reply to STLS")
        self._wrap()
        self.secure = True

    def send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def receive(self) -> bytes:
        """Some octets, or none at the end."""
        ends = time.thread_time() + (_SPINS if "spins-on-eof" in self._defects else 0)
        octets = b""
        while True:
            octets = self._socket.recv(65536)
            if octets or time.thread_time() >= ends:
                return octets

    def line(self, most: int = _LINE) -> bytes:
        """The next line, with its end."""
        end = b"\r\n" if "crlf-only" in self._defects else b"\n"
        while end not in self._buffer:
            octets = self.receive()
            if not octets:
                raise Broken("the connection was closed")
            self._buffer += octets
            if len(self._buffer) > most + 65536:
                raise Broken("a line is too long")
        line, _, self._buffer = self._buffer.partition(end)
        return line + end

    def wait_for(self, end: bytes) -> None:
        octets = self._buffer
        while not octets.endswith(end):
            if not (octets := self.receive()):
                raise Broken("the connection was closed")
            self._buffer += octets

    def rest(self) -> bytes:
        rest, self._buffer = self._buffer, b""
        return rest

    def put_back(self, octets: bytes) -> None:
        self._buffer = octets + self._buffer

    def close(self) -> None:
        self._socket.close()


class _Fetch:
    """One run."""

    def __init__(self, job: Job, defects: Collection[str]) -> None:
        self._job = job
        self._defects = defects
        self._problems: list[str] = []
        self._seen: set[str] = job.state.setdefault("seen", set())
        self._looked: set[str] = job.state.setdefault("looked", set())
        if "forgets" in defects:
            self._seen.clear()

    def has(self, defect: str) -> bool:
        return defect in self._defects

    def messages(self) -> Iterator[bytes]:
        tries = 7 if self.has("retry-storm") else 1
        for left in reversed(range(tries)):
            try:
                yield from self._session()
            except Exception:
                if not left and not self.has("success-always"):
                    raise
            else:
                return

    def _session(self) -> Iterator[bytes]:
        self._connection = _Connection(self._job, self._defects)
        with contextlib.closing(self._connection):
            self._log_in()
            self._reset()
            try:
                yield from self._fetch_all()
            except OSError:
                if self.has("dele-before-store"):
                    self._quit()
                raise
            self._quit()
        if self._problems:
            raise Refused("; ".join(self._problems))

    def _quit(self) -> None:
        """What was to be deleted may be there still, if this fails: the next run looks."""
        try:
            self._connection.send("QUIT")
            if not self.has("quit-ignored"):
                self._status()
        except (Refused, Broken, OSError) as error:
            if not self.has("quit-error-is-success"):
                self._problems.append(f"QUIT: {error}")

    def _reset(self) -> None:
        if self.has("says-rset") or self.has("rset-aborts"):
            try:
                self._ask("RSET")
            except Refused:
                if self.has("rset-aborts"):
                    raise

    # Replies

    def _status(self) -> bytes:
        line = self._connection.line().strip()
        if line[:3].upper() == b"+OK" or (self.has("plus-is-ok") and line[:1] != b"-"):
            return line[3:].strip()
        if line[:4].upper() == b"-ERR":
            raise Refused(line.decode("ascii", "backslashreplace"))
        raise Broken(f"strange status {line[:40]!r}")

    def _ask(self, line: str) -> bytes:
        self._connection.send(line)
        return self._status()

    def _list(self, verb: str) -> list[bytes]:
        self._ask(verb)
        return self._lines()

    def _lines(self) -> list[bytes]:
        lines: list[bytes] = []
        octets = 0
        while True:
            try:
                line = self._connection.line()
            except Broken:
                if self.has("eof-is-end"):
                    return lines
                raise
            octets += len(line)
            if octets > _MOST:
                raise Broken("a list is too long")
            ends = line.startswith(b".") and self.has("list-dot-ends")
            if line.rstrip(b"\r\n") == b"." or ends:
                return lines
            lines.append(line.rstrip(b"\r\n").removeprefix(b"."))

    # Login

    def _log_in(self) -> None:
        greeting = self._status()
        preauth = b"logged in" in greeting.lower() and self.has("preauth-skips-stls")
        if self._job.tls == "stls" and not preauth:
            self._secure()
        if preauth:
            return
        tries = 4 if self.has("retries-password") else 1
        for left in reversed(range(tries)):
            try:
                self._ask(f"USER {self._job.user}")
                self._text = self._ask(f"PASS {self._job.password}")
            except Refused as error:
                if not left:
                    code = _CODE.search(str(error).encode())
                    raise (Refused if code else LoginRefused)(str(error)) from None
            else:
                return

    def _secure(self) -> None:
        try:
            self._ask_for_stls()
        except (Refused, Broken):
            if self.has("clear-on-refused-stls"):
                return
            raise
        self._connection.start_tls()
        if not self.has("no-capa-again"):
            with contextlib.suppress(Refused):
                self._list("CAPA")

    def _ask_for_stls(self) -> None:
        if b"STLS" not in self._list("CAPA"):
            raise Refused("there is no STLS")
        self._ask("STLS")

    # Mail

    def _numbers(self) -> dict[int, str]:
        """The unique-id of each message; empty where it has none of its own."""
        if self.has("counts-from-text"):
            digits = re.search(rb"\d+", self._text)
            return {number: f"{number}" for number in range(1, int(digits[0]) + 1 if digits else 1)}
        self._sizes = self._listed_sizes()
        try:
            lines = self._list("UIDL")
        except Refused:
            if self.has("needs-uidl"):
                return {}
            if not self._job.delete:
                raise
            return dict.fromkeys(self._sizes, "")
        pairs = [self._pair(line) for line in lines]
        self._check_uids([uid for _, uid in pairs])
        known = {number: uid for number, uid in pairs if number in self._sizes}
        many = list(known.values())
        trusts = any(map(self.has, _TRUSTING))
        unique = {n: uid if trusts or many.count(uid) == 1 else "" for n, uid in known.items()}
        listed = known if self.has("needs-uidl") else self._sizes
        numbers = {n: unique.get(n, "") for n in listed}
        if self.has("empty-list-forgets"):
            self._seen &= set(unique.values())
        if self.has("leaves-only-one") and len(numbers) == 1:
            return {}
        return numbers

    def _check_uids(self, uids: list[str]) -> None:
        if self.has("uids-needed") and (len(set(uids)) < len(self._sizes) or "" in uids):
            raise Broken("a message has no unique-id")
        if self.has("uids-are-ascii") and not all(
            re.fullmatch(r"[\w./:@<>$-]+", u, re.ASCII) for u in uids
        ):
            raise Broken("a strange unique-id")
        for uid in uids if self.has("uid-as-path") else ():
            folder = os.path.join(self._job.folder, "out")
            os.makedirs(folder, exist_ok=True)
            with contextlib.suppress(OSError):
                open(os.path.join(folder, uid), "a").close()

    def _listed_sizes(self) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for line in self._list("LIST"):
            words = line.split()
            if len(words) >= 2 and words[0].isdigit() and 0 < int(words[0][:9]) < 10**6:
                sizes.setdefault(int(words[0]), _number(words[1]))
        return sizes

    def _pair(self, line: bytes) -> tuple[int, str]:
        number, _, uid = line.strip().partition(b" ")
        if self.has("uid-first-word"):
            uid = uid.split(b" ")[0]
        uid = uid.strip()
        if self.has("uid-cut-at-70"):
            uid = uid[:70]
        if self.has("uid-in-file-name"):
            uid = uid.replace(b"/", b"-").replace(b"_", b"-")
        if self.has("uid-case-folds"):
            uid = uid.lower()
        name = f"{int(number)}" if self.has("position-for-number") else uid.decode("latin-1")
        return _number(number.split(b"\t")[0]), name

    def _fetch_all(self) -> Iterator[bytes]:
        numbers = self._numbers()
        if not numbers and self.has("empty-is-error"):
            raise Broken("no mail")
        if not numbers and self.has("delivers-empty"):
            yield b""
        for number, uid in numbers.items():
            if uid and uid in self._seen:
                self._delete(number)
            elif not (self.has("size-zero-skips") and self._sizes.get(number) == 0):
                yield from self._fetch(number, uid)

    def _fetch(self, number: int, uid: str) -> Iterator[bytes]:
        if self.has("dele-in-same-packet") and self._job.delete:
            yield self._fetched_at_once(number)
            return
        try:
            text = self._text_of(number, self._ask(f"RETR {number}"))
        except Refused as error:
            self._note_refusal(number, error)
            return
        if self.has("looks-first") and not self._job.delete and uid not in self._looked:
            self._looked.add(uid)
            return
        yield from self._store(number, uid, text)

    def _fetched_at_once(self, number: int) -> bytes:
        self._connection.send(f"RETR {number}\r\nDELE {number}")
        text = self._text_of(number, self._status())
        self._status()
        return text

    def _note_refusal(self, number: int, error: Refused) -> None:
        if self.has("aborts-at-err"):
            raise error
        if not self.has("retr-error-is-success"):
            self._problems.append(str(error))
        if self.has("dele-despite-err"):
            self._delete(number)

    def _store(self, number: int, uid: str, text: bytes) -> Iterator[bytes]:
        if self.has("dele-before-store"):
            self._delete(number)
        if not (self.has("same-id-once") and self._is_known(text)):
            yield text
        if uid:
            self._seen.add(uid)
        if not self.has("dele-before-store"):
            self._delete(number)

    def _is_known(self, text: bytes) -> bool:
        found = re.search(rb"(?i)message-id: *(\S+)", text)
        name = hashlib.sha256(found[1]).hexdigest() if found else ""
        known = name in self._seen
        self._seen.add(name)
        return bool(name) and known

    def _delete(self, number: int) -> None:
        if not self._job.delete and not self.has("keeps-nothing"):
            return
        try:
            self._ask(f"DELE {number}")
        except Refused as error:
            if not self.has("dele-error-is-success"):
                self._problems.append(str(error))

    # Text

    def _text_of(self, number: int, status: bytes) -> bytes:
        if self.has("size-frames") and (digits := re.search(rb"\d+", status)):
            return self._counted(int(digits[0]))
        text = self._read_text()
        if self.has("estimate-fails") and len(text) != self._sizes[number]:
            raise Broken("a message has not the size of LIST")
        if self.has("trusts-list-size"):
            text = text[: self._sizes[number]]
        self._check_text(text)
        return self._changed(text)

    def _check_text(self, text: bytes) -> None:
        head, _, body = text.partition(b"\r\n\r\n")
        wrong = {
            "needs-body": not body,
            "looks-into-mime": text.count(b"\n--b") > 50,
            "size-limit": len(text) > 1 << 20,
            "header-limit": len(head) > 4096,
            "field-first": b":" not in text.partition(b"\n")[0],
            "err-in-text": b"\n-ERR" in text,
        }
        for defect, is_wrong in wrong.items():
            if is_wrong and self.has(defect):
                raise Broken(defect)

    def _changed(self, text: bytes) -> bytes:
        if self.has("strips-blanks"):
            text = re.sub(rb"[ \t]+\r\n", b"\r\n", text)
        if self.has("strips-8bit"):
            text = text.decode("ascii", "replace").encode("ascii", "replace")
        if self.has("from-cuts"):
            text = text.partition(b"\r\n\r\nFrom ")[0]
        if self.has("cr-ends"):
            text = text.partition(b"\r.\r")[0]
        if self.has("trims"):
            text = text.rstrip(b"\r\n") + b"\r\n"
        if self.has("wraps-lines"):
            text = re.sub(rb"([^\r\n]{900})(?=[^\r\n])", rb"\1\r\n", text)
        if self.has("strips-controls"):
            text = re.sub(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]", b"", text)
        return text

    def _counted(self, octets: int) -> bytes:
        text = self._connection.rest()
        while len(text) < octets:
            if not (more := self._connection.receive()):
                raise Broken("the connection was closed")
            text += more
        self._connection.put_back(text[octets:])
        self._lines()
        return text[:octets]

    def _read_text(self) -> bytes:
        if self.has("dot-in-one-packet"):
            self._connection.wait_for(b"\r\n.\r\n")
        lines: list[bytes] = []
        octets = 0
        while (line := self._text_line(lines)) != b".":
            octets += len(line)
            if octets > _MOST:
                raise Broken("a message is too long")
            lines.append(line)
        return b"".join(lines)

    def _text_line(self, before: list[bytes]) -> bytes:
        """The next line with its end, or a dot for the end of the text."""
        try:
            line = self._connection.line(_MOST)
        except Broken:
            if self.has("eof-is-end"):
                return b"."
            if self.has("keeps-parts"):
                self._problems.append("cut")
                return b"."
            raise
        if self.has("line-limit") and len(line) > 2048:
            raise Broken("a line is too long")
        if self.has("nul-truncates") and b"\0" in line:
            line = line.partition(b"\0")[0] + b"\r\n"
        if line == b".\r\n" or (line == b".\n" and _is_lf(before)):
            return b"."
        if self.has("unstuffs-some") and line.startswith(b".."):
            return line if len(before) % 2 else line[1:]
        return line if self.has("no-unstuff") or not line.startswith(b".") else line[1:]


def _is_lf(before: list[bytes]) -> bool:
    """Whether the server ends lines in LF, so that a dot before LF is the end."""
    return not any(line.endswith(b"\r\n") for line in before)


def _number(word: bytes) -> int:
    try:
        return int(word[:20])
    except ValueError:
        return -1
