"""A POP3 server for one test."""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Self

from pop3lab.conformance.history import MessageHistory
from pop3lab.conformance.violation import REMEMBERS
from pop3lab.core.config import Limits
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.testing.certificate_authority import authority
from pop3lab.testing.in_memory import StoredMessage
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.messages import Messages, One, item_of
from pop3lab.testing.observation import SessionObserver
from pop3lab.testing.options import USERS, Options, Tls, check_number, texts
from pop3lab.testing.rules import Arming, RuleControl
from pop3lab.testing.verdict import Verdict, VerdictLog

TIMEOUT = 5.0  # seconds that waits take at most, where nothing else is said
_HOSTS = ("localhost", "127.0.0.1", "::1")  # that each certificate is for, besides the address


class Pop3Server(SessionObserver, RuleControl):
    """Serves by the book, or as quirks and rules say, and tells what its clients did.

        with Pop3Server(messages=["Subject: one"]) as server:
            fetch(server.host, server.port, server.user, server.password)
            assert server.wait_session().retrieved == ["1"]

    With `async with` it runs in the loop that is running, else in a thread that all servers share.
    Everything may be called from any thread, stop() from a signal handler, too.

    messages: a list of bytes, str, messages of the standard library, Paths of files,
    Message(content, uid=..., as_is=...) and generate(...); or a number of generated ones; or the
    Path of a folder, which is copied; or any of these by user. Without users they are those of the
    first. Lines are made to end in CRLF, but for as_is.
    users: passwords by name. tls: "implicit" or "starttls". quirks: names, or rules as they are
    written. profile: the name of a known server. auth: the only ways to log in: PASS, APOP, or
    mechanisms of SASL; NTLM is offered only if it is among them. tokens: for OAUTHBEARER and
    XOAUTH2, users by token, one or a list: of these the client chooses. authzid: as "ann:bob" for a
    user who may open the maildrop of another, too. claims: what the clients say of themselves:
    "remembers" makes of violations over sessions, which are advice, SHOULD. host: an address, or
    localhost for 127.0.0.1 and ::1 at one port. port: 0 for a free one. idle: seconds after which a
    silent client is left, as in limits. login_delay: seconds between two logins of a user. utf8:
    UTF8 is offered, and messages with UTF-8 in their headers are refused to clients that are told
    of it and do not say it (RFC 6856). timeout: seconds that waits take at most. seed: of what is
    generated, and of chance in rules.

    Raises ConfigError, and TypeError for what can't be a message.
    """

    def __init__(
        self,
        messages: Messages = (),
        *,
        users: Mapping[str, str] = USERS,
        tls: Tls | None = None,
        quirks: Iterable[str] = (),
        profile: str | None = None,
        auth: Sequence[str] | None = None,
        tokens: Mapping[str, str | Sequence[str]] | None = None,
        authzid: Iterable[str] = (),
        claims: Iterable[str] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits = Limits(),
        idle: float | None = None,
        login_delay: int = 0,
        utf8: bool = False,
        timeout: float = TIMEOUT,
        seed: int | None = None,
    ) -> None:
        check_number("port", port, whole=True, most=65_535)
        check_number("timeout", timeout)
        self._options = Options(
            messages=messages,
            users=users,
            tls=tls,
            quirks=texts("quirks", quirks),
            profile=profile,
            auth=None if auth is None else texts("auth", auth),
            tokens=tokens,
            authzid=texts("authzid", authzid),
            claims=texts("claims", claims),
            limits=limits,
            idle=idle,
            login_delay=login_delay,
            utf8=utf8,
            seed=seed,
        )
        self._shelf = self._options.shelf
        self._host = host
        self.arming = Arming(lambda: self._now if self._service.has_started else None)
        self._history = VerdictLog(self.arming)
        self._lives = self._no_lives()
        self._raised: list[BaseException] = []
        super().__init__(ServerLifecycle(self._make, host, port, self._locked), timeout)

    def _locked(self) -> bool:
        return self._service.changes.held or self._shelf.held

    def _make(self) -> ServerInstance:
        if self._service.has_started:
            self._service.changes.look(lambda: self._history.keep(self._now))
        tls = authority().tls({self._host, *_HOSTS}) if self._options.tls else None
        return ServerInstance(self._options, self._shelf, tls, self._service.changes, self._lives)

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._service.has_started else "that has not been started"
        return f"<Pop3Server {where}>"

    # Start and stop

    def start(self) -> Self:
        """Listen; back when clients can connect. Raises OSError, with the address in its text."""
        self._service.start()
        return self

    def stop(self) -> None:
        """Reset what is open, and let the port go. May be called again.

        In the event loop that serves, await stop_async(): this is only the beginning of it there,
        and in a signal handler that interrupts start() or a look at what there is.
        """
        self._service.stop()

    async def stop_async(self) -> None:
        """Back when all is gone."""
        await self._service.stop_here()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.stop()
        self._tell_errors(error)

    async def __aenter__(self) -> Self:
        self._service.start_here()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        await self.stop_async()
        self._tell_errors(error)

    def _tell_errors(self, error: BaseException | None) -> None:
        """Errors of the server must not be lost, nor hide that of the test."""
        fresh = [each for each in self.verdict.errors if each not in self._raised]
        self._raised += fresh
        if fresh and error is None:
            raise BaseExceptionGroup("the server failed", fresh)

    # The end of a test

    def verify(self, *, violations: bool = True, unused_rules: bool = True) -> None:
        """For the end of a test: that the server had no errors, and each rule took effect.

        Quirks without a condition may have nothing to do. A rule that a fixture of several tests
        has armed is judged at the end of the last of them.

        And that no client violated the RFCs; since the start, whatever reset() there was, or since
        verify() has told it. Raises AssertionError with all that is wrong.
        """
        verdict = self._service.changes.look(self._told)
        wrong = [*verdict.failures]
        wrong += verdict.unused if unused_rules else []
        wrong += verdict.breaches if violations else []
        if wrong:
            raise AssertionError("\n".join(wrong))

    def _told(self) -> Verdict:
        verdict = self._history.verdict(self._now)
        self._history.told(self._now)
        return verdict

    @property
    def verdict(self) -> Verdict:
        """What verify() would tell."""
        return self._service.changes.look(lambda: self._history.verdict(self._now))

    @property
    def transcripts(self) -> list[Transcript]:
        """That of now, and before it those before a reset() that verify() has not judged yet."""
        changes = self._service.changes
        return changes.look(lambda: [*self._history.transcripts, self.transcript])

    # Where it is

    @property
    def host(self) -> str:
        """The address."""
        return self._service.port.host

    @property
    def port(self) -> int:
        """The port."""
        return self._service.port.port

    @property
    def address(self) -> tuple[str, int]:
        """Both: `poplib.POP3(*server.address)`."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """As curl takes it: pop3://127.0.0.1:40133, or pop3s:// for TLS from the first octet."""
        scheme = "pop3s" if self._options.tls == "implicit" else "pop3"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}"

    @property
    def user(self) -> str:
        """The first user."""
        return next(iter(self._options.users))

    @property
    def password(self) -> str:
        """Of the first user."""
        return self._options.users[self.user]

    @property
    def ca_file(self) -> str:
        """A PEM file with the certificate to trust; it is there until the process ends."""
        return authority().ca_file

    def client_context(self) -> ssl.SSLContext:
        """A new context for a client, which trusts this server and those of other tests only."""
        return authority().client_context()

    # What it has

    def add(self, message: One, uid: str = "", user: str | None = None) -> str:
        """Deliver a message; it is seen from the next login on. Its unique-id.

        user: the first, if None. Raises ConfigError, TypeError.
        """
        self._service.check_process()
        return self._shelf.add(self.user if user is None else user, item_of(message, uid))

    @property
    def messages(self) -> list[StoredMessage]:
        """What there is now, of all users, whatever clients are told."""
        return self._shelf.messages

    @property
    def deleted(self) -> list[str]:
        """The unique-ids of what clients have deleted, in that order."""
        return list(self._shelf.deleted)

    def reset(self) -> None:
        """As at the start, at the same port: its messages, no records. Resets what is open.

        What is to be judged is kept: see verify.
        """
        self._service.restart(self._begin_anew)

    async def reset_async(self) -> None:
        """See reset; for event loops."""
        await self._service.restart_async(self._begin_anew)

    def _begin_anew(self) -> None:
        self._lives = self._no_lives()
        self._shelf.reset()

    def _no_lives(self) -> MessageHistory:
        return MessageHistory(remembers=REMEMBERS in self._options.claims)

    def set_tokens(self, tokens: Mapping[str, str | Sequence[str]]) -> None:
        """From now on these tokens, as tokens= has them, until reset(): for logins to come.

        One that is left out has expired, or was revoked. Raises ConfigError.
        """
        self._service.check_process()
        self._now.renew(replace(self._options, tokens=tokens))

    # When it is not there

    def refuse(self) -> None:
        """Connections are refused, until resume; those that are open go on."""
        self._service.refuse()

    def pause(self) -> None:
        """Connections are made and nobody answers, until resume; those that are open go on."""
        self._service.pause()

    def resume(self) -> None:
        """Answer again, at the same port, those too who have connected during a pause."""
        self._service.resume()
