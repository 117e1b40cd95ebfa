"""One careful client, with a switch for each of many defects.

Without a switch it does nothing that a case holds against it. With a switch it makes one mistake
that real clients have made.
"""

import contextlib
import hashlib
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator

from pop3lab.clients.function import ClientFunction
from pop3lab.clients.job import Job
from tests.checking.defects import DEFECTS, IMPLIED
from tests.checking.mutant_connection import Again, Broken, Connection, LoginRefused, Refused
from tests.checking.mutant_login import Login
from tests.checking.mutant_texts import Texts

_TRUSTING = ("same-uid-same-message", "uid-in-file-name", "uid-case-folds", "uid-cut-at-70")


class _CapaClosed(Broken):
    """The server has closed the connection at CAPA."""


def mutant(*defects: str) -> ClientFunction:
    """The client with these defects."""
    assert not set(defects) - DEFECTS.keys()
    all_ = {*defects, *(more for defect in defects for more in IMPLIED.get(defect, ()))}
    return lambda job: _Fetch(job, all_).messages()


class _Fetch:
    """One run."""

    def __init__(self, job: Job, defects: Collection[str]) -> None:
        self._job = job
        self._defects = defects
        self._problems: list[str] = []
        self._held: list[bytes] = []
        self._others = contextlib.ExitStack()  # of connections on which another login waits
        self._capa = not self.has("no-capa")
        self._seen: set[str] = job.state.setdefault("seen", set())
        self._looked: set[str] = job.state.setdefault("looked", set())
        self._save = job.state.get("save", lambda: None)
        if "forgets" in defects:
            self._seen.clear()

    def has(self, defect: str) -> bool:
        return defect in self._defects

    def messages(self) -> Iterator[bytes]:
        if self.has("fetches-once") and self._looked:
            return
        if self.has("memory-fails") and self._seen:
            raise Broken("the memory can't be read")
        tries = 7 if self.has("retry-storm") or self.has("apop-insists") else 1
        for left in reversed(range(tries)):
            try:
                with contextlib.ExitStack() as self._others:
                    yield from self._session_in_any_form()
            except Exception as error:
                silent = isinstance(error, LoginRefused) and self.has("refusal-is-no-mail")
                if not left and not silent and not self.has("success-always"):
                    raise
            else:
                self._looked.add("once")
                return

    def _session_in_any_form(self) -> Iterator[bytes]:
        """Without CAPA, or with a response on its own line, where the server closed for that."""
        try:
            yield from self._session()
        except (_CapaClosed, Again) as error:
            if self.has("capa-or-nothing"):
                return
            self._capa = self._capa and isinstance(error, Again)
            yield from self._session()

    def _session(self) -> Iterator[bytes]:
        self._connect()
        with contextlib.closing(self._connection):
            self._log_in()
            self._say_more()
            try:
                yield from self._fetch_all()
            except OSError:
                if self.has("dele-before-store"):
                    self._quit()
                raise
            self._quit()
        yield from self._held
        if self._problems:
            raise Refused("; ".join(self._problems))

    def _connect(self) -> None:
        if self.has("parallel-logins"):
            with contextlib.suppress(Refused, Broken, OSError):
                self._try_login()
        self._begin()

    def _try_login(self) -> None:
        """On a connection that stays open if the server takes its time."""
        self._begin()
        self._others.callback(self._connection.close)
        self._ask(f"USER {self._job.user}")
        self._connection.send(f"PASS {self._job.password}")
        if not self._connection.waits(self._job.timeout * 0.3):
            with contextlib.closing(self._connection):
                self._status()
                self._ask("QUIT")

    def _begin(self) -> None:
        self._connection = Connection(self._job, self._defects)
        self._texts = Texts(
            self._connection, self._defects, self._job.timeout, self._problems.append
        )
        try:
            self._greet()
        except BaseException:
            self._connection.close()
            raise

    def _greet(self) -> None:
        self._greeting = self._status()
        if self.has("greeting-says-pop3") and b"pop3" not in self._greeting.lower():
            raise Broken("this is no server of POP3")

    def _quit(self) -> None:
        """What was to be deleted may be there still, if this fails: the next run looks."""
        if self.has("quits-only-to-delete") and not self._job.delete:
            return
        try:
            self._connection.send("QUIT")
            if not self.has("quit-ignored"):
                self._status()
            if self.has("wants-close-notify") and self._connection.secure:
                self._connection.receive()
        except (Refused, Broken, OSError) as error:
            if not self.has("quit-error-is-success"):
                self._problems.append(f"QUIT: {error}")

    def _log_in(self) -> None:
        login = Login(
            self._job, self._defects, self._connection, self._ask_early, self._texts.lines
        )
        try:
            self._text = login.log_in(self._greeting, self._capa)
        except (Refused, Broken, OSError) as error:
            if self.has("best-mechanism"):
                raise LoginRefused(str(error)) from None
            raise
        self._announced = login.capabilities

    def _ask_early(self, line: str) -> bytes:
        """As _ask, but tells that the server has gone at CAPA."""
        try:
            return self._ask(line)
        except (Broken, OSError) as error:
            gone = "closed" in str(error) or isinstance(error, ConnectionError)
            if line == "CAPA" and not self._job.tls and gone:
                raise _CapaClosed(str(error)) from None
            raise

    def _say_more(self) -> None:
        """Commands that nobody needs. The second switch fails where one is refused."""
        for line, says, needs in (
            ("RSET", "says-rset", "rset-aborts"),
            ("NOOP", "says-noop", "noop-needed"),
            (f"NOOP {'x' * 300}", "long-commands", ""),
        ):
            if self.has(says):
                try:
                    self._ask(line)
                except Refused:
                    if self.has(needs):
                        raise
        if self.has("pipelines-always"):
            self._connection.send("NOOP", "NOOP")
            self._status()
            self._status()
        if self.has("capa-after-login"):
            with contextlib.suppress(Refused):
                self._ask_early("CAPA")
                self._texts.lines()

    # Replies

    def _status(self) -> bytes:
        line = self._connection.status_line().strip()
        if b"%" in line and self.has("percent-fails"):
            raise Broken("a format")
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
        return self._texts.lines()

    # Mail

    def _numbers(self) -> dict[int, str]:
        """The unique-id of each message; empty where it has none of its own."""
        if self.has("counts-from-text"):
            digits = re.search(rb"\d+", self._text)
            return {number: f"{number}" for number in range(1, int(digits[0]) + 1 if digits else 1)}
        count = self._counted() if self.has("asks-stat") else None
        self._texts.sizes = self._listed_sizes()
        sizes = self._texts.sizes
        if self.has("stat-is-strict") and count != len(sizes):
            raise Broken("STAT and LIST do not agree")
        if self.has("counts-by-stat"):
            return {n: f"{n}" for n in range(1, (count or 0) + 1)}
        try:
            singly = self.has("asks-uids-singly")
            lines = [self._uid_line(number) for number in sizes] if singly else self._list("UIDL")
        except Refused:
            if self.has("needs-uidl"):
                return {}
            if not self._job.delete and not self.has("numbers-for-uids"):
                raise
            return dict.fromkeys(sizes, "")
        return self._named(lines, sizes)

    def _uid_line(self, number: int) -> bytes:
        """Of a list, by the reply for one message, which need not repeat the number."""
        reply = self._ask(f"UIDL {number}")
        if self.has("uid-is-second-word"):
            return b" ".join([b"%d" % number, *reply.split()[1:2]])
        return b"%d %b" % (number, reply.removeprefix(b"%d " % number))

    def _named(self, lines: list[bytes], sizes: dict[int, int]) -> dict[int, str]:
        pairs = [self._pair(line) for line in lines]
        self._check_uids([uid for _, uid in pairs])
        if self.has("ascending-only") and sorted(sizes) != list(sizes):
            raise Broken("the list is not in order")
        if self.has("place-is-number"):
            return dict(enumerate((uid for _, uid in pairs), 1))
        known = {number: uid for number, uid in pairs if number in sizes}
        many = Counter(known.values())
        trusts = any(map(self.has, _TRUSTING))
        unique = {n: uid if trusts or many[uid] == 1 else "" for n, uid in known.items()}
        listed = known if self.has("needs-uidl") else sizes
        numbers = {n: unique.get(n, "") for n in listed}
        if self.has("empty-list-forgets"):
            self._seen &= set(unique.values())
        if self.has("leaves-only-one") and len(numbers) == 1:
            return {}
        if self.has("skips-long-uids"):
            numbers = {n: uid for n, uid in numbers.items() if len(uid) < 1000}
        return numbers

    def _counted(self) -> int | None:
        """What STAT says; None for nothing that makes sense."""
        text = self._ask("STAT")
        exact = re.fullmatch(rb"(\d+) (\d+)", text)
        if self.has("stat-is-strict") and not exact:
            raise Broken("a strange reply to STAT")
        found = re.match(rb"(\d+) -?\d+", text)
        return int(found[1]) if found else None

    def _check_uids(self, uids: list[str]) -> None:
        if self.has("uids-needed") and (len(set(uids)) < len(self._texts.sizes) or "" in uids):
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
        lines = self._listed()
        if self.has("odd-list-is-empty") and not all(
            re.fullmatch(rb"[1-9]\d{0,8} \d+", line) for line in lines
        ):
            return {}
        if self.has("columns-are-two") and any(len(line.split()) != 2 for line in lines):
            raise Broken("a line of LIST has not two words")
        sizes: dict[int, int] = {}
        for line in lines:
            words = line.split()
            if len(words) >= 2 and words[0].isdigit() and 0 < int(words[0][:9]) < 10**6:
                sizes.setdefault(int(words[0]), _number(words[1]))
        if self.has("skips-odd-sizes"):
            sizes = {number: size for number, size in sizes.items() if 0 < size < 1 << 31}
        return sizes

    def _listed(self) -> list[bytes]:
        try:
            text = self._ask("LIST")
        except Refused:
            if self.has("ok-is-in"):
                return []
            if self.has("list-err-is-error") or self._counted() != 0:
                raise
            return []
        lines = self._texts.lines()
        count = re.match(rb"(\d+) ", text)
        if self.has("list-status-count") and (not count or int(count[1]) != len(lines)):
            raise Broken("LIST says another number")
        if self.has("asks-sizes-singly"):
            for line in lines:
                self._ask(f"LIST {_number(line.split()[0])}")
        return lines

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
        self._waiting: list[int] = []  # to be deleted, where DELE is pipelined
        numbers = self._numbers()
        if not numbers and self.has("empty-is-error"):
            raise Broken("no mail")
        if not numbers and self.has("delivers-empty"):
            yield b""
        yield from self._fetch_these(numbers)
        if self._waiting:
            self._connection.send(*(f"DELE {number}" for number in self._waiting))
            for _ in self._waiting:
                self._status()
        if self.has("one-too-many"):
            with contextlib.suppress(Refused):
                self._ask(f"LIST {len(numbers) + 1}")

    def _fetch_these(self, numbers: dict[int, str]) -> Iterator[bytes]:
        for place, (number, uid) in enumerate(numbers.items()):
            if place == 100 and self.has("fetches-a-hundred"):
                return
            if place >= 3 and self.has("deletes-beyond-three"):
                self._head(number)
                self._delete(number)
            elif uid and uid in self._seen and not self.has("knows-by-top"):
                self._delete(number)
            elif not (self.has("size-zero-skips") and self._texts.sizes.get(number) == 0):
                yield from self._fetch(number, uid)

    def _fetch(self, number: int, uid: str) -> Iterator[bytes]:
        if self.has("dele-in-same-packet") and self._job.delete:
            yield self._fetched_at_once(number)
            return
        if self.has("asks-top"):
            head = self._head(number)
            name = hashlib.sha256(head).hexdigest()
            if self.has("knows-by-top") and name in self._seen:
                return
        if self.has("remembers-first") and uid:
            self._seen.add(uid)
        try:
            lines = " 100000" if self.has("top-for-text") else ""
            verb = "TOP" if self.has("top-for-text") else "RETR"
            text = self._texts.of(number, self._ask(f"{verb} {number}{lines}"))
        except Refused as error:
            self._note_refusal(number, error)
            return
        if self._leaves_out(number, uid, text):
            return
        if self.has("knows-by-top"):
            head = text.partition(b"\r\n\r\n")[0]
            uid = hashlib.sha256(head).hexdigest()
        yield from self._store(number, uid, text)

    def _leaves_out(self, number: int, uid: str, text: bytes) -> bool:
        """Whether it takes no more than a look at a message, now or for ever."""
        if self.has("drops-notices") and b"your client has not said UTF8" in text:
            self._delete(number)
            return True
        many = len(self._texts.sizes) > 3 and not self._job.delete
        looks = self.has("looks-first") and many and uid not in self._looked
        self._looked.add(uid if looks else "")
        return looks

    def _head(self, number: int) -> bytes:
        """The header by TOP; nothing where TOP is refused."""
        try:
            self._ask(f"TOP {number} 0")
        except Refused:
            if self.has("top-needed"):
                raise
            return b""
        if not self.has("top-is-header"):
            return b"\r\n".join(self._texts.lines()).partition(b"\r\n\r\n")[0]
        lines: list[bytes] = []
        while (line := self._connection.line()) != b"\r\n":
            lines.append(line)
        self._connection.line()
        return b"".join(lines)

    def _fetched_at_once(self, number: int) -> bytes:
        self._connection.send(f"RETR {number}", f"DELE {number}")
        text = self._texts.of(number, self._status())
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
        if self.has("deletes-internal") and b"FOLDER INTERNAL DATA" in text:
            self._delete(number + 1)
        if self.has("stores-late"):
            self._held.append(text)
        elif not (self.has("same-id-once") and self._is_known(text)):
            yield text
        if uid:
            self._seen.add(uid)
            self._save()
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
        if self.has("pipelines") and b"PIPELINING" in self._announced:
            self._waiting.append(number)
            return
        try:
            self._ask(f"DELE {number}")
        except Refused as error:
            if not self.has("dele-error-is-success"):
                self._problems.append(str(error))


def _number(word: bytes) -> int:
    try:
        return int(word[:20])
    except ValueError:
        return -1
