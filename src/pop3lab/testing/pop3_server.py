"""Pop3Server: a POP3 server for a test."""

from __future__ import annotations  # the manual shows the names of types, such as Messages

import os
from collections.abc import Iterable, Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, NoReturn, Self

from pop3lab.conformance.history import MessageHistory
from pop3lab.conformance.violation import REMEMBERS
from pop3lab.core.config import Limits
from pop3lab.core.errors import ConfigError
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.rules.rule import Rule
from pop3lab.testing.accounts import AccountControl, CurrentOptions
from pop3lab.testing.attribution import Attribution
from pop3lab.testing.certificate_authority import authority, context_trusting
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.mail_switch import SmtpAddress, mail_door
from pop3lab.testing.maildrops import MessageControl
from pop3lab.testing.messages import Messages
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
from pop3lab.testing.reserved_port import is_on_loopback
from pop3lab.testing.rules import RuleControl, RuleScopes
from pop3lab.testing.scopes import server_started, server_stopped
from pop3lab.testing.side_services import SideServices
from pop3lab.testing.verdict import Verdict, VerdictLog
from pop3lab.testing.web_switch import web_door

if TYPE_CHECKING:
    import ssl

    from pop3lab.web.options import WebOptions


class Pop3Server(SessionObserver, RuleControl, MessageControl, AccountControl, SmtpAddress):
    """A POP3 server for tests.

    It follows the RFCs, or misbehaves as told, and reports what clients did::

        with Pop3Server(messages=["Subject: one"]) as server:
            fetch(server.host, server.port, server.user, server.password)
            assert server.wait_session().retrieved == ["1"]

    With `async with` it runs in the current event loop, otherwise in a thread that all servers
    share. Any thread may call any method; a signal handler may call stop().

    Args:
        messages: The messages of the maildrop. A list of bytes, str, messages of the standard
            library, Paths of files, Message(content, uid=..., as_is=...) and generate(...); or the
            number of messages to generate; or the Path of a folder, which is copied; or a mapping
            of any of these by user. If it is not a mapping, the messages belong to the first user.
            Lines are sent with CRLF, unless as_is is set.
        users: Passwords by user name; by default {"user": "password"}.
        any_user: Let in each name with each password, by USER and PASS, PLAIN and LOGIN; each name
            has a maildrop of its own. The host must be a loopback address.
        tls: "implicit" for TLS from the first octet, "starttls" for STLS.
        cert: The path of a PEM file with the certificate and its chain. Without it, the server
            makes a certificate.
        key: The path of a PEM file with the private key of the certificate.
        client_ca: The path of a PEM file with the CA that signs client certificates; enables AUTH
            EXTERNAL.
        quirks: Names of quirks, with their values.
        rules: Rules, or their texts, such as "RETR 2 nth=1 -> cut-after 512 then reset".
        profile: The name of a server to imitate.
        anonymous: The user whose maildrop AUTH ANONYMOUS opens.
        auth: The only ways to log in: PASS, APOP or SASL mechanisms. NTLM is offered only if it is
            listed here.
        tokens: Users by token, for OAUTHBEARER and XOAUTH2. With a list of users, the client
            chooses one.
        authzid: Texts such as "ann:bob", which let ann open the maildrop of bob, too.
        claims: Claims about the clients. "remembers" raises violations across sessions from advice
            to SHOULD.
        host: The address to listen on; "localhost" for 127.0.0.1 and ::1 with the same port.
        port: The port to listen on; 0 for a free one.
        limits: The limits of sessions and connections.
        idle: Seconds until an idle session is closed; overrides that of limits.
        busy: Seconds that a login waits for a maildrop that another session has; the same.
        handshake: Seconds for a TLS handshake, after which a client without TLS is left; the same.
        login_delay: Seconds between two logins of a user.
        utf8: Offer UTF8 (RFC 6856). Messages with UTF-8 in their headers are then refused to
            clients that see UTF8 offered and do not use it.
        implementation: The text after IMPLEMENTATION in CAPA.
        smtp: Take mail by SMTP at smtp_port, a free port or that given, from anybody: for the user
            named by the whole address, else by its local part, else for the only user; needs
            pop3lab[smtp].
        catch_all: The user who gets mail that comes for nobody else.
        web: Serve a page and an API over HTTP at web_url, on loopback; needs pop3lab[web].
        timeout: Seconds until a wait fails.
        seed: The seed for generated messages and random choices in rules.

    Raises:
        ConfigError: An option is wrong; the text names it and says what to write.
        TypeError: Something in messages can't be a message.
    """

    def __init__(
        self,
        messages: Messages = (),
        *,
        users: Mapping[str, str] = USERS,
        any_user: bool = False,
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
        busy: float | None = None,
        handshake: float | None = None,
        login_delay: int = 0,
        utf8: bool = False,
        implementation: str | None = None,
        smtp: bool | int = False,
        catch_all: str | None = None,
        web: bool | WebOptions = False,
        timeout: float = 5.0,
        seed: int | None = None,
    ) -> None:
        check_number("port", port, whole=True, most=65_535)
        check_number("timeout", timeout)
        self._options = Options(
            messages=messages,
            users=users,
            any_user=any_user,
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
            busy=busy,
            handshake=handshake,
            login_delay=login_delay,
            utf8=utf8,
            implementation=implementation,
            seed=seed,
        )
        self._store = self._options.store
        self._accounts = CurrentOptions(self._options, self._store)
        self._host = host
        if any_user and not is_on_loopback(host):
            raise ConfigError(f"any_user= lets everybody in: listen on 127.0.0.1, not on {host}")
        scopes = RuleScopes(lambda: self._service.instance if self._service.has_started else None)
        self._verdicts = VerdictLog(scopes)
        self._message_history = self._new_message_history()
        self._raised: list[BaseException] = []
        self._service = ServerLifecycle(self._make, host, port, self._locked)
        self._web = web_door(web, self, self._service, self._accounts)
        mail = mail_door(smtp, self._service, self._accounts, host, catch_all)
        self._beside = SideServices(self._service, self._web, mail)
        self._attribution = Attribution(self._service, self._verdicts)
        SessionObserver.__init__(self, self._service, timeout)
        RuleControl.__init__(self, self._service, scopes)
        MessageControl.__init__(self, self._service, self._store, self._accounts)
        AccountControl.__init__(self, self._service, self._accounts)
        SmtpAddress.__init__(self, mail)

    def _locked(self) -> bool:
        return self._service.changes.held or self._store.held

    def _make(self) -> ServerInstance:
        if self._service.has_started:
            self._service.changes.look(lambda: self._verdicts.append(self._service.instance))
        tls, changes = self._options.certificates(self._host), self._service.changes
        given = self._accounts.now, self._store, tls, changes, self._message_history
        return ServerInstance(*given, watch=self._web.watch)

    if not TYPE_CHECKING:  # type checkers know which attributes there are

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_") and (name in _OPTIONS or hasattr(Pop3Server, name)):
                raise AttributeError(f"{name} can't be assigned: {_instead(name)}")
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._service.has_started else "that has not been started"
        return f"<Pop3Server {where}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a server stays in its process: give others server.host and server.port")

    # Start and stop

    def start(self) -> Self:
        """Start the server; return when clients can connect.

        Raises:
            OSError: The server can't listen; the text has the address.
        """
        self._service.start()
        self._beside.open()
        server_started(self._attribution)
        return self

    def stop(self) -> None:
        """Reset open connections and free the port. You can call it more than once.

        In the event loop that serves, await stop_async() instead. There, and in a signal handler,
        stop() returns before everything is closed.
        """
        self._beside.close()
        self._service.stop()
        server_stopped(self._attribution)

    async def stop_async(self) -> None:
        """Like stop(); return when everything is closed."""
        self._beside.close()
        await self._service.stop_in_loop()
        server_stopped(self._attribution)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.stop()
        self._raise_errors(error)

    async def __aenter__(self) -> Self:
        self._service.start_in_loop()
        self._beside.open()
        server_started(self._attribution)
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        await self.stop_async()
        self._raise_errors(error)

    def _raise_errors(self, error: BaseException | None) -> None:
        """Raise errors of the server, unless that would hide an error of the test."""
        fresh = [each for each in self.verdict.errors if each not in self._raised]
        self._raised += fresh
        if fresh and error is None:
            self._attribution.raised += fresh
            raise BaseExceptionGroup("the server failed", fresh)

    # Verdict

    def verify(self, *, violations: bool = True, unused_rules: bool = True) -> None:
        """Check at the end of a test that nothing went wrong.

        The server had no errors, each rule took effect (except quirks without a condition), and no
        client violated an RFC. It covers everything since the start, across any reset(), that
        verify() has not reported yet. A rule that a fixture of several tests added is checked at
        the end of the last of them.

        Args:
            violations: Report violations of the RFCs.
            unused_rules: Report rules that never took effect.

        Raises:
            AssertionError: Something went wrong; the text lists everything.
        """
        verdict = self._service.changes.look(self._report)
        wrong = [*verdict.failures]
        wrong += verdict.unused_rules if unused_rules else []
        wrong += verdict.violations if violations else []
        if wrong:
            raise AssertionError("\n".join(wrong))

    def _report(self) -> Verdict:
        verdict = self._verdicts.verdict(self._service.instance)
        self._verdicts.mark_reported(self._service.instance)
        return verdict

    @property
    def verdict(self) -> Verdict:
        """Everything that verify() would report now."""
        return self._service.changes.look(lambda: self._verdicts.verdict(self._service.instance))

    @property
    def transcripts(self) -> list[Transcript]:
        """The transcripts before each reset() that were not reported yet, then the current."""
        return self._service.changes.look(lambda: [*self._verdicts.transcripts, self.transcript])

    # Address

    @property
    def host(self) -> str:
        """The address that the server listens on."""
        return self._service.port.host

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._service.port.port

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as in `poplib.POP3(*server.address)`."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """The URL for curl, with the scheme pop3, or pop3s with implicit TLS."""
        scheme = "pop3s" if self._options.tls == "implicit" else "pop3"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.port}"

    @property
    def web_url(self) -> str:
        """The address of the page and of the API, with web=True."""
        return self._web.url

    @property
    def ca_file(self) -> str:
        """The path of a PEM file with the certificates that a client must trust.

        It is that of the option cert, if given; otherwise it is removed when the process ends.
        """
        if self._options.cert is not None:
            return os.fspath(self._options.cert)
        return authority().ca_file

    def client_context(self) -> ssl.SSLContext:
        """Return a context for a client that trusts ca_file and nothing else."""
        return context_trusting(self.ca_file)

    # Reset

    def reset(self) -> None:
        """Restore the messages of the start and forget all records; keep the port.

        Open connections are reset. Verdicts that verify() has not reported yet are kept.
        """
        self._service.restart(self._begin_anew)

    async def reset_async(self) -> None:
        """Like reset(), for an event loop."""
        await self._service.restart_async(self._begin_anew)

    def _begin_anew(self) -> None:
        self._message_history = self._new_message_history()
        self._store.reset()
        self._accounts.reset()

    def _new_message_history(self) -> MessageHistory:
        return MessageHistory(remembers=REMEMBERS in self._options.claims)

    # Outages

    def refuse(self) -> None:
        """Refuse connections until resume(). Open sessions continue."""
        self._service.refuse()

    def pause(self) -> None:
        """Accept connections and stay silent until resume(). Open sessions continue."""
        self._service.pause()

    def resume(self) -> None:
        """Serve again at the same port, including clients that connected during a pause."""
        self._service.resume()


_OPTIONS = signature(Pop3Server).parameters
_INSTEAD = {
    "messages": "write server.add(...), remove(...) or clear()",
    "users": "write server.add_user(...) or set_password(...)",
    "password": "write server.set_password(...)",
    "tokens": "write server.set_tokens(...), add_token(...) or expire_token(...)",
    "quirks": "write server.add_rule(...)",
    "rules": "write server.add_rule(...)",
}


def _instead(name: str) -> str:
    """Return what to write instead of an assignment."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    return f"write Pop3Server({name}=...)" if name in _OPTIONS else "it tells what the server has"
