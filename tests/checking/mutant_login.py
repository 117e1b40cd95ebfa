"""How a mutant logs in: CAPA, STLS, USER, APOP, and SASL."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from pop3lab.clients.job import Job
from tests.checking.mutant_connection import Again, Broken, Connection, LoginRefused, Refused

_CODE = re.compile(rb"\[[A-Z/-]+\]")
_STAMP = re.compile(rb"<[!-;=?-~]+@[!-;=?-~]+>")
_ANY_STAMP = re.compile(rb"<[^>]*>")
_ROUNDS = range(4096, 1_000_000)
_SHORT = 150  # octets of a response that fits on the line of AUTH

Exchange = Iterator[bytes]  # of responses; given the challenges


class Login:
    """One login. ask: sends a line and returns the text behind +OK. lines: reads a list."""

    def __init__(
        self,
        job: Job,
        defects: Collection[str],
        connection: Connection,
        ask: Callable[[str], bytes],
        lines: Callable[[], list[bytes]],
    ) -> None:
        self._job = job
        self._defects = defects
        self._connection = connection
        self._ask = ask
        self._lines = lines
        self.capabilities: list[bytes] = []

    def _has(self, defect: str) -> bool:
        return defect in self._defects

    def log_in(self, greeting: bytes, capa: bool) -> bytes:
        """Return the text of the reply to the login. capa: whether to ask for CAPA."""
        preauth = b"logged in" in greeting.lower() and self._has("preauth-skips-stls")
        once = self._has("tls-once") and self._job.state.setdefault("secured", 0)
        if self._job.tls == "stls" and not preauth and not once:
            self._job.state["secured"] = 1
            self._secure()
        elif capa and not preauth:
            self._ask_for_capabilities()
        if preauth:
            return b""
        for line in self._before():
            with contextlib.suppress(Refused):
                self._ask(line)
        self._say_utf8()
        return self._in_turn(greeting)

    def _before(self) -> list[str]:
        said = {
            "stat-before-login": ["STAT"],
            "tries-commands": ["XTND", "XOIP", "FOO"],
            "odd-arguments": ["CAPA now"],
        }
        return [line for defect, lines in said.items() if self._has(defect) for line in lines]

    def _in_turn(self, greeting: bytes) -> bytes:
        tries = 4 if self._has("retries-password") else 1
        for left in reversed(range(tries)):
            try:
                return self._log_in_once(greeting)
            except Again:
                raise
            except (Refused, Broken, OSError) as error:
                if self._has("one-error"):
                    raise LoginRefused("the login has failed") from None
                if not isinstance(error, Refused):
                    raise
                if not left:
                    self._give_up(error)
        raise AssertionError

    def _give_up(self, error: Refused) -> None:
        code = _CODE.search(str(error).encode())
        if self._has("follows-referrals") and (found := re.search(r"pop://([^/]+)", str(error))):
            host, _, port = found[1].partition(":")
            import socket

            socket.create_connection((host, int(port)), 1).close()
        raise (Refused if code else LoginRefused)(str(error)) from None

    def _log_in_once(self, greeting: bytes) -> bytes:
        auth = self._job.auth or self._preferred(greeting)
        if self._has("apop-insists") and _STAMP.search(greeting):
            return self._apop(greeting)
        try:
            if auth == "apop":
                return self._apop(greeting)
            if auth:
                return Sasl(self._job, self._defects, self._connection, self._ask).run(auth)
        except Again:
            raise
        except (Refused, Broken):
            if not self._has("falls-back"):
                raise
        return self._user_and_pass()

    def _preferred(self, greeting: bytes) -> str:
        """What it uses where it was not told."""
        sasl = self._has("best-mechanism") or self._has("sasl-first")
        if sasl and self._offers("CRAM-MD5"):
            return "cram-md5"
        return "apop" if self._has("apop-first") and _STAMP.search(greeting) else ""

    def _user_and_pass(self) -> bytes:
        try:
            self._ask(f"USER {self._user}")
        except Refused:
            if not self._has("pass-anyway"):
                raise
        try:
            return self._ask(f"PASS {self._password}")
        except Broken:
            for _ in range(5 if self._has("echoes") else 0):
                with contextlib.suppress(Broken):
                    return self._ask(self._password)
            raise

    @property
    def _user(self) -> str:
        return user_of(self._job, self._defects)

    @property
    def _password(self) -> str:
        return password_of(self._job, self._defects)

    def _apop(self, greeting: bytes) -> bytes:
        pattern = _ANY_STAMP if self._has("apop-any-stamp") else _STAMP
        stamp = pattern.search(greeting)
        if stamp is None:
            raise Broken("the greeting has no timestamp")
        digest = hashlib.md5(stamp[0] + self._password.encode(), usedforsecurity=False)
        return self._ask(f"APOP {self._user} {digest.hexdigest()}")

    # CAPA, STLS, UTF8

    def _offers(self, word: str) -> bool:
        return any(word.encode() in line.upper().split() for line in self.capabilities)

    def _ask_for_capabilities(self) -> None:
        self.capabilities = []
        with contextlib.suppress(Refused):
            self._ask("CAPA")
            self.capabilities = self._lines()
        if self._has("capa-is-ascii"):
            for line in self.capabilities:
                line.decode("ascii")
        if self._has("capa-limit") and len(self.capabilities) > 50:
            raise Broken("too many capabilities")
        known = re.compile(
            rb"(TOP|UIDL|USER|SASL|RESP-CODES|AUTH-RESP-CODE|STLS|PIPELINING"
            rb"|LOGIN-DELAY|EXPIRE|IMPLEMENTATION|UTF8|LANG)( .*)?"
        )
        if self._has("capa-is-known") and not all(map(known.fullmatch, self.capabilities)):
            raise Broken("a strange capability")
        if self._has("capa-needed") and not self._offers("UIDL"):
            raise Broken("there is no UIDL")

    def _say_utf8(self) -> None:
        if self._has("one-language") and self._offers("LANG"):
            self._ask("LANG")
            if len(self._lines()) > 1:
                raise Broken("there are several languages")
        if self._has("utf8-alone") and b"UTF8 USER" in self.capabilities:
            raise Broken("a strange UTF8")
        if self._has("utf8-needed") and self._offers("UTF8"):
            self._ask("UTF8 now")
        if self._offers("UTF8") and not self._has("ignores-utf8"):
            try:
                self._ask("UTF8")
            except Refused:
                if self._has("utf8-needed"):
                    raise

    def _ask_for_stls(self) -> None:
        self._ask_for_capabilities()
        if not self._offers("STLS"):
            raise Refused("there is no STLS")
        self._ask("STLS")

    def _secure(self) -> None:
        try:
            if self._has("token-first"):
                self._user_and_pass()
            self._ask_for_stls()
        except (Refused, Broken):
            if self._has("clear-on-refused-stls"):
                return
            raise
        self._connection.start_tls()
        if not self._has("no-capa-again"):
            self._ask_for_capabilities()


def user_of(job: Job, defects: Collection[str]) -> str:
    return job.user.partition("@")[0] if "user-without-domain" in defects else job.user


def password_of(job: Job, defects: Collection[str]) -> str:
    password = job.password
    if "words-only" in defects:
        password = password.partition(" ")[0]
    if "ascii-only" in defects:
        password = password.encode("ascii", "ignore").decode()
    return password


class Sasl:
    """AUTH, with its challenges and responses."""

    def __init__(
        self,
        job: Job,
        defects: Collection[str],
        connection: Connection,
        ask: Callable[[str], bytes],
    ) -> None:
        self._job = job
        self._defects = defects
        self._connection = connection
        self._ask = ask

    def run(self, auth: str) -> bytes:
        """Return the text of the reply."""
        name = auth.upper()
        if name.startswith("SCRAM") and self._connection.binding:
            name += "-PLUS"
        exchange = self._exchange(name)
        response = next(exchange, b"")
        if name != "CRAM-MD5" and self._wants_initial(response):
            self._send(f"AUTH {name} ", response)
            if "initial-only" not in self._defects:
                return self._go_on_or_again(exchange)
        else:
            self._connection.send(f"AUTH {name}")
            first = self._challenge()
            if first is None:
                if "ok-is-in" in self._defects:
                    return b""
                raise Broken("+OK came before the exchange")
            if name not in ("PLAIN", "LOGIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER"):
                self._decoded(first)
            self._check_prompt(first)
            self._send("", self._cram(first) if name == "CRAM-MD5" else response)
        return self._go_on(exchange)

    def _wants_initial(self, response: bytes) -> bool:
        if "initial-only" in self._defects:
            return True
        short = len(response) < _SHORT and not self._job.state.get("two lines")
        return "initial-response" in self._defects and short

    def _go_on_or_again(self, exchange: Any) -> bytes:
        try:
            return self._go_on(exchange)
        except (Refused, Broken, OSError) as error:
            self._job.state["two lines"] = True
            raise Again(str(error)) from None

    def _cram(self, challenge: bytes) -> bytes:
        secret = password_of(self._job, self._defects).encode()
        digest = hmac.new(secret, self._decoded(challenge), "md5").hexdigest()
        return f"{user_of(self._job, self._defects)} {digest}".encode()

    def _check_prompt(self, challenge: bytes) -> None:
        if "challenge-is-base64" in self._defects:
            base64.b64decode(challenge, validate=True)

    def _go_on(self, exchange: Any) -> bytes:
        while (challenge := self._challenge()) is not None:
            try:
                response = exchange.send(self._decoded(challenge))
            except StopIteration:
                raise Broken("there is one challenge too many") from None
            except Broken:
                self._cancel()
                raise
            self._send("", response)
        with contextlib.suppress(StopIteration):
            exchange.send(None)
        return b""

    def _cancel(self) -> None:
        self._connection.send("*")
        with contextlib.suppress(Refused):
            self._challenge()

    def _challenge(self) -> bytes | None:
        """What stands behind the plus, or None for +OK."""
        line = self._connection.status_line().strip(b"\r\n")
        if line.upper().startswith(b"-ERR"):
            raise Refused(line.decode("ascii", "backslashreplace"))
        if line.upper().startswith(b"+OK"):
            return None
        if "plus-needs-space" in self._defects and not line.startswith(b"+ "):
            raise Broken("there is no space behind the plus")
        if line == b"+" or line.startswith(b"+ "):
            return line[2:]
        raise Broken("strange challenge")

    def _decoded(self, challenge: bytes) -> bytes:
        try:
            return base64.b64decode(challenge, validate=True)
        except binascii.Error:
            if "answers-anything" in self._defects:
                return challenge
            self._cancel()
            raise Broken("a challenge is no base64") from None

    def _send(self, before: str, response: bytes) -> None:
        text = base64.b64encode(response).decode()
        self._connection.send(before + (text or ("=" if before else "")))

    # Mechanisms: each yields its responses.

    def _exchange(self, name: str) -> Any:
        user, secret = user_of(self._job, self._defects), password_of(self._job, self._defects)
        made: dict[str, Callable[[], Exchange]] = {
            "PLAIN": lambda: iter_of(f"\0{user}\0{secret}"),
            "LOGIN": lambda: iter_of(user, secret),
            "CRAM-MD5": iter_of,
            "EXTERNAL": lambda: iter_of(user),
            "XOAUTH2": lambda: self._token(
                f"user={user}\x01auth=Bearer {self._job.token}\x01\x01", b""
            ),
            "OAUTHBEARER": lambda: self._token(
                f"n,a={_saslname(user)},\x01auth=Bearer {self._job.token}\x01\x01", b"\x01"
            ),
            "NTLM": self._ntlm,
            "DIGEST-MD5": self._digest_md5,
        }
        if name.startswith("SCRAM"):
            return self._scram(name, user, secret)
        return made[name]()

    def _token(self, response: str, then: bytes) -> Exchange:
        yield response.encode()
        if "waits-for-err" in self._defects:
            self._connection.status_line()
        yield then

    def _ntlm(self) -> Any:
        challenge = yield b"NTLMSSP\0\1\0\0\0" + bytes(24)
        length, offset = (
            challenge[12] + challenge[13] * 256,
            int.from_bytes(challenge[16:20], "little"),
        )
        if offset + length > len(challenge):
            raise Broken("the challenge has a field behind its end")
        raise Broken("nothing but the fields is looked at here")

    def _digest_md5(self) -> Any:
        raise Broken("nothing but the realm is looked at here")
        yield b""

    def _scram(self, name: str, user: str, secret: str) -> Any:
        digest = "sha256" if "256" in name else "sha1"
        binding = self._connection.binding if name.endswith("-PLUS") else None
        gs2 = b"p=tls-unique,," if binding else b"n,,"
        known = user if "scram-unescaped" in self._defects else _saslname(user)
        bare = f"n={known},r=rOprNGfwEbeRWgbNEkqO".encode()
        first = yield gs2 + bare
        fields = _fields(first)
        rounds = int(fields["i"])
        few = "few-rounds" in self._defects and rounds < _ROUNDS.start
        if rounds not in _ROUNDS and not few and "any-rounds" not in self._defects:
            raise Broken("too many rounds, or too few")
        salted = hashlib.pbkdf2_hmac(digest, secret.encode(), base64.b64decode(fields["s"]), rounds)
        channel = base64.b64encode(gs2 + (binding or b""))
        final = b"c=" + channel + b",r=" + fields["r"].encode()
        signed = b",".join((bare, first, final))
        key = hmac.digest(salted, b"Client Key", digest)
        signature = hmac.digest(hashlib.new(digest, key).digest(), signed, digest)
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        last = yield final + b",p=" + base64.b64encode(proof)
        expected = hmac.digest(hmac.digest(salted, b"Server Key", digest), signed, digest)
        proven = last is not None and _fields(last).get("v") == base64.b64encode(expected).decode()
        if not proven and "trusts-final" not in self._defects:
            raise Broken("the server has not proven that it knows the password")
        yield b""


def iter_of(*texts: str) -> Any:
    for text in texts:
        yield text.encode()


def _saslname(user: str) -> str:
    return user.replace("=", "=3D").replace(",", "=2C")


def _fields(text: bytes) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in text.decode().split(","))
