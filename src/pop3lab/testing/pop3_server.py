"""Pop3Server: a POP3 server for a test."""

import os
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Self

from pop3lab.conformance.history import MessageHistory
from pop3lab.conformance.violation import REMEMBERS
from pop3lab.core.config import Limits
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.rules.rule import Rule
from pop3lab.testing.certificate_authority import authority
from pop3lab.testing.in_memory import StoredMessage
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.messages import MessageContent, Messages, new_message
from pop3lab.testing.observation import SessionObserver
from pop3lab.testing.options import (
    USERS,
    FilePath,
    Options,
    TlsMode,
    check_number,
    rules_or_texts,
    texts,
)
from pop3lab.testing.rules import RuleControl, RuleScopes
from pop3lab.testing.verdict import Verdict, VerdictLog

_TIMEOUT = 5.0  # seconds that waits take at most, where nothing else is said


class Pop3Server(SessionObserver, RuleControl):
    """A server for tests: serves by the book, or misbehaves as told, and says what clients did.

        with Pop3Server(messages=["Subject: one"]) as server:
            fetch(server.host, server.port, server.user, server.password)
            assert server.wait_session().retrieved == ["1"]

    With `async with` it runs in the running event loop, otherwise in a thread that all servers
    share. Any thread may call any method; a signal handler may call stop().

    messages: a list of bytes, str, messages of the standard library, Paths of files,
    Message(content, uid=..., as_is=...) and generate(...); or a number of generated ones; or the
    Path of a folder, which is copied; or any of these by user. Without users they are those of the
    first. Lines are made to end in CRLF, but for as_is.
    users: passwords by name. tls: "implicit" or "starttls". cert, key: paths of PEM files, the
    certificate with its chain and its private key; without them a certificate is made. client_ca:
    the path of a PEM file with the CA that signs client certificates; it enables AUTH EXTERNAL.
    quirks: names of quirks, with their values. rules: rules, or their text, such as
    "RETR 2 nth=1 -> cut-after 512 then reset". profile: the name of a known server. anonymous: the
    name of the user whose maildrop AUTH ANONYMOUS opens. auth: the only ways to log in: PASS, APOP,
    or mechanisms of SASL; NTLM is offered only if it is among them. tokens: for OAUTHBEARER and
    XOAUTH2, users by token, one or a list: of these the client chooses. authzid: as "ann:bob" for a
    user who may open the maildrop of another, too. claims: what the clients say of themselves:
    "remembers" makes of violations over sessions, which are advice, SHOULD. host: an address, or
    localhost for 127.0.0.1 and ::1 at one port. port: 0 for a free one. idle: seconds after which a
    silent client is left, as in limits. login_delay: seconds between two logins of a user. utf8:
    UTF8 is offered, and messages with UTF-8 in their headers are refused to clients that are told
    of it and do not say it (RFC 6856). implementation: the text after IMPLEMENTATION in CAPA.
    timeout: seconds that waits take at most. seed: of what is
    generated, and of chance in rules.

    Raises ConfigError, and TypeError for what can't be a message.
    """

    def __init__(
        self,
        messages: Messages = (),
        *,
        users: Mapping[str, str] = USERS,
        tls: TlsMode | None = None,
        cert: FilePath | None = None,
        key: FilePath | None = None,
        client_ca: FilePath | None = None,
        quirks: Iterable[str] = (),
        rules: Iterable[Rule | str] = (),
        profile: str | None = None,
        anonymous: str | None = None,
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
        implementation: str | None = None,
        timeout: float = _TIMEOUT,
        seed: int | None = None,
    ) -> None:
        check_number("port", port, whole=True, most=65_535)
        check_number("timeout", timeout)
        self._options = Options(
            messages=messages,
            users=users,
            tls=tls,
            cert=cert,
            key=key,
            client_ca=client_ca,
            quirks=texts("quirks", quirks),
            rules=rules_or_texts(rules),
            profile=profile,
            anonymous=anonymous,
            auth=None if auth is None else texts("auth", auth),
            tokens=tokens,
            authzid=texts("authzid", authzid),
            claims=texts("claims", claims),
            limits=limits,
            idle=idle,
            login_delay=login_delay,
            utf8=utf8,
            implementation=implementation,
            seed=seed,
        )
        self._store = self._options.store
        self._host = host
        self.rule_scopes = RuleScopes(
            lambda: self._instance if self._lifecycle.has_started else None
        )
        self._verdicts = VerdictLog(self.rule_scopes)
        self._message_history = self._new_message_history()
        self._raised: list[BaseException] = []
        super().__init__(ServerLifecycle(self._make, host, port, self._locked), timeout)

    def _locked(self) -> bool:
        return self._lifecycle.changes.held or self._store.held

    def _make(self) -> ServerInstance:
        if self._lifecycle.has_started:
            self._lifecycle.changes.look(lambda: self._verdicts.append(self._instance))
        tls = self._options.certificates(self._host)
        return ServerInstance(
            self._options, self._store, tls, self._lifecycle.changes, self._message_history
        )

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._lifecycle.has_started else "that has not been started"
        return f"<Pop3Server {where}>"

    # Start and stop

    def start(self) -> Self:
        """Start; return when clients can connect. Raises OSError, with the address in its text."""
        self._lifecycle.start()
        return self

    def stop(self) -> None:
        """Reset open connections and free the port. May be called again.

        In the event loop that serves, await stop_async(); there, and in a signal handler, stop()
        returns before everything is closed.
        """
        self._lifecycle.stop()

    async def stop_async(self) -> None:
        """See stop; returns when everything is closed."""
        await self._lifecycle.stop_in_loop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.stop()
        self._raise_errors(error)

    async def __aenter__(self) -> Self:
        self._lifecycle.start_in_loop()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        await self.stop_async()
        self._raise_errors(error)

    def _raise_errors(self, error: BaseException | None) -> None:
        """Raise errors of the server, unless that would hide an error of the test."""
        fresh = [each for each in self.verdict.errors if each not in self._raised]
        self._raised += fresh
        if fresh and error is None:
            raise BaseExceptionGroup("the server failed", fresh)

    # Verdict

    def verify(self, *, violations: bool = True, unused_rules: bool = True) -> None:
        """Check, at the end of a test, that nothing went wrong.

        The server had no errors; each rule took effect, but for quirks without a condition; no
        client violated the RFCs. What counts is everything since the start, over any reset(), that
        verify() has not reported. A rule that was added by a fixture of several tests is checked at
        the end of the last of them. Raises AssertionError with all that is wrong.
        """
        verdict = self._lifecycle.changes.look(self._report)
        wrong = [*verdict.failures]
        wrong += verdict.unused_rules if unused_rules else []
        wrong += verdict.violations if violations else []
        if wrong:
            raise AssertionError("\n".join(wrong))

    def _report(self) -> Verdict:
        verdict = self._verdicts.verdict(self._instance)
        self._verdicts.mark_reported(self._instance)
        return verdict

    @property
    def verdict(self) -> Verdict:
        """What verify() would report."""
        return self._lifecycle.changes.look(lambda: self._verdicts.verdict(self._instance))

    @property
    def transcripts(self) -> list[Transcript]:
        """The current transcript, after those from before a reset() that were not reported yet."""
        changes = self._lifecycle.changes
        return changes.look(lambda: [*self._verdicts.transcripts, self.transcript])

    # Address

    @property
    def host(self) -> str:
        """The address."""
        return self._lifecycle.port.host

    @property
    def port(self) -> int:
        """The port."""
        return self._lifecycle.port.port

    @property
    def address(self) -> tuple[str, int]:
        """Host and port: `poplib.POP3(*server.address)`."""
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
        """The password of the first user."""
        return self._options.users[self.user]

    @property
    def ca_file(self) -> str:
        """The path of a PEM file with the certificates that a client is to trust.

        It is cert= where that is given, and otherwise removed when the process ends.
        """
        if self._options.cert is not None:
            return os.fspath(self._options.cert)
        return authority().ca_file

    def client_context(self) -> ssl.SSLContext:
        """Return a context for a client that trusts ca_file and nothing else."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # cert= may be without its CA
        return context

    # Messages and tokens

    def add(self, message: MessageContent, uid: str = "", user: str | None = None) -> str:
        """Deliver a message, visible from the next login on; return its unique-id.

        user: the first, if None. Raises ConfigError, TypeError.
        """
        self._lifecycle.check_process()
        return self._store.add(self.user if user is None else user, new_message(message, uid))

    @property
    def messages(self) -> list[StoredMessage]:
        """The messages of all users now, whatever clients are shown."""
        return self._store.messages

    @property
    def deleted(self) -> list[str]:
        """The unique-ids of the messages that clients have deleted, in that order."""
        return list(self._store.deleted)

    def reset(self) -> None:
        """Restore the messages of the start and forget all records, at the same port.

        Open connections are reset. What verify() has to report is kept.
        """
        self._lifecycle.restart(self._begin_anew)

    async def reset_async(self) -> None:
        """See reset."""
        await self._lifecycle.restart_async(self._begin_anew)

    def _begin_anew(self) -> None:
        self._message_history = self._new_message_history()
        self._store.reset()

    def _new_message_history(self) -> MessageHistory:
        return MessageHistory(remembers=REMEMBERS in self._options.claims)

    def set_tokens(self, tokens: Mapping[str, str | Sequence[str]]) -> None:
        """Replace the tokens, as tokens= has them, for future logins until reset().

        One that is left out has expired, or was revoked. Raises ConfigError.
        """
        self._lifecycle.check_process()
        self._instance.renew(replace(self._options, tokens=tokens))

    # Outages

    def refuse(self) -> None:
        """Refuse connections until resume(); open ones go on."""
        self._lifecycle.refuse()

    def pause(self) -> None:
        """Accept connections without answering, until resume(); open ones go on."""
        self._lifecycle.pause()

    def resume(self) -> None:
        """Answer again at the same port, also those who have connected during a pause."""
        self._lifecycle.resume()
