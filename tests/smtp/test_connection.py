"""SMTP and LMTP as a sender sees them, octet for octet."""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from socket import IPPROTO_TCP, SHUT_WR, TCP_NODELAY
from threading import Event

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.config import Limits
from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import MaildropBusy, NoMaildrop, StoreFailed, StoreFull, TooMany
from pop3lab.smtp import connection as connections
from pop3lab.smtp.recipients import Recipients
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.memory import MemoryStore
from pop3lab.testing.certificate_authority import authority
from tests.smtp.mail import Client, mail

TEXTS = [
    b"",
    b"\r\n",
    b"Subject: x\r\n\r\nhello\r\n",
    b".\r\n..\r\n.x\r\nx.\r\n",
    b"x.\r\n.\r\n\r\n.\r\n",
    b"\x00\xff\x80 8 bit \xe4\r\n",
    b"a\rb\r\r\n",
    *(b"x" * octets + b"\r\n" for octets in (997, 998, 999, 1000, 65_534, 65_535, 65_536, 10**6)),
    b"." * 70_000 + b"\r\n",
    bytes(range(1, 10)) + bytes(range(14, 256)) + b"\r\n",
    b".\r\n" * 30_000,
]


def test_octets_arrive_as_they_were_sent() -> None:
    with mail() as served, Client(served.port) as client:
        for text in TEXTS:
            client.begin("ann@here")
            assert client.text(text) == "250 2.0.0 stored"
        assert served.messages() == TEXTS
        assert not served.errors


def test_octets_arrive_however_they_are_cut() -> None:
    text = b"a\r\n.\r\n..\r\nend.\r\n"
    with mail() as served, Client(served.port) as client:
        client.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        for _ in range(2):
            client.begin("ann")
            for octet in b"a\r\n..\r\n...\r\nend.\r\n.\r\n":
                client.send(bytes([octet]))
            assert client.reply() == "250 2.0.0 stored"
        assert served.messages() == [text] * 2


@pytest.mark.parametrize(
    "hidden",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r\r\n.\r\r\n", b"\n\r\n.\n\r"],
)
def test_nothing_but_crlf_dot_crlf_ends_a_text(hidden: bytes) -> None:
    with mail() as served, Client(served.port) as client:
        client.begin("ann")
        client.send(b"a" + hidden + b"MAIL FROM:<x@y>\r\nRCPT TO:<ben>\r\nDATA\r\nb\r\n.\r\n")
        assert client.reply() == "250 2.0.0 stored"
        assert client.ask("NOOP") == "250 2.0.0 OK"
        assert len(served.messages()) == 1
        assert served.messages("ben") == []


def test_what_is_announced_works_and_chunking_is_not_announced() -> None:
    with mail() as served, Client(served.port) as client, Client(served.lmtp, "LHLO me") as lmtp:
        assert client.greeting == "220 pop3lab SMTP ready"
        assert client.capabilities.split("\n") == [
            "250-pop3lab",
            "250-SIZE 67108864",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-AUTH LOGIN PLAIN",
            "250-PIPELINING",
            "250-ENHANCEDSTATUSCODES",
            "250 HELP",
        ]
        assert lmtp.greeting == "220 pop3lab LMTP ready"
        assert lmtp.capabilities == client.capabilities
        assert lmtp.ask("EHLO me").startswith("500 5.5.2")
        client.send(
            b"MAIL FROM:<\xc3\xa4@b> SMTPUTF8 BODY=8BITMIME SIZE=9\r\nRCPT TO:<ann>\r\n"
            b"DATA\r\nx\r\n.\r\nNOOP\r\n"
        )
        replies = [client.reply() for _ in range(5)]
        assert [reply[:9] for reply in replies] == [
            *("250 2.0.0", "250 2.1.5", "354 end w", "250 2.0.0", "250 2.0.0")
        ]
        assert served.delivered[0].sender == "\u00e4@b"
        assert client.ask("BDAT 3 LAST").startswith("500 5.5.2")


def test_the_lines_of_a_reply_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each would wait for the acknowledgement of the one before it, for 40 ms."""
    options = []
    made = connections.SmtpConnection.connection_made

    def look(self: connections.SmtpConnection, transport: object) -> None:
        made(self, transport)  # type: ignore[arg-type]
        socket = transport.get_extra_info("socket")  # type: ignore[attr-defined]
        options.append(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY))

    monkeypatch.setattr(connections.SmtpConnection, "connection_made", look)
    with mail() as served, Client(served.port, "") as client:
        client.send(b"EHLO me\r\n")
        first = client.socket.recv(65_536)
        assert first.endswith(b"250 HELP\r\n")
    assert options == [1]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", "500 5.5.2 Error: bad syntax"),
        ("WHAT", '500 5.5.2 Error: command "WHAT" not recognized'),
        ("RCPT TO:<ann>", "503 5.5.1 Error: need MAIL command"),
        ("DATA", "503 5.5.1 there is no recipient"),
        ("MAIL TO:<a>", "501 5.5.4 Syntax: MAIL FROM: <address> [SP <mail-parameters>]"),
        ("MAIL FROM:<a> SIZE=99999999999", "552 5.3.4 Error: message size exceeds"),
        ("MAIL FROM:<a> WHAT=1", "555 5.5.4 MAIL FROM parameters"),
        ("EXPN x", "502 5.5.1 EXPN not implemented"),
        ("VRFY ann", "252 2.5.0 Cannot VRFY user"),
        ("STARTTLS", "454 4.7.0 TLS not available"),
        ("AUTH PLAIN AAA", "501 5.5.2 Can't decode base64"),
        ("AUTH WHAT", "504 5.5.4 Unrecognized authentication type"),
        ("RSET", "250 2.0.0 OK"),
        ("QUIT", "221 2.0.0 Bye"),
    ],
)
def test_each_reply_has_an_enhanced_code(line: str, reply: str) -> None:
    with mail() as served, Client(served.port) as client:
        assert client.ask(line).startswith(reply)


def test_senders_log_in_as_users_do() -> None:
    with mail() as served:
        for password, code in (("secret", 235), ("wrong", 535)):
            for mechanism in ("plain", "login"):
                with smtplib.SMTP("127.0.0.1", served.port) as client:
                    client.ehlo()
                    client.user, client.password = "ann", password
                    method = getattr(client, f"auth_{mechanism}")
                    try:
                        reply, _ = client.auth(mechanism.upper(), method)
                    except smtplib.SMTPAuthenticationError as error:
                        reply = error.smtp_code
                    assert reply == code
    with mail(clear_passwords=False) as served, Client(served.port) as client:
        assert "AUTH" not in client.capabilities
        assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").startswith("538 5.7.11")


def test_a_mechanism_in_lower_case_and_a_long_response_are_understood() -> None:
    with mail() as served:
        with Client(served.port) as client:
            assert client.ask("auth plain AGFubgBzZWNyZXQ=").startswith("235")
        with Client(served.port) as client:
            wrong = b64encode(b"\0ann\0" + b"x" * 3000).decode()
            assert client.ask(f"AUTH PLAIN {wrong}").startswith("535")
            assert client.ask("AUTH PLAIN " + "x" * 20_000).startswith("500")


@pytest.mark.parametrize("error", [TooMany("too many logins"), StoreFailed("away")], ids=repr)
def test_a_login_that_can_t_be_checked_now_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Authenticator, "login", fail)
    with mail() as served, Client(served.port) as client:
        assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=") == "454 4.7.0 try again later"
        assert not served.errors


def test_a_relay_may_say_who_has_sent_a_message_first() -> None:
    with mail() as served, Client(served.port) as client:
        assert client.ask("MAIL FROM:<a@b> AUTH=<> BODY=8BITMIME").startswith("250")
        assert client.ask("RSET").startswith("250")
        assert client.ask("MAIL FROM:<a@b> SIZE=9 auth=joe+40host").startswith("250")


class Noting:
    """Notes failed logins, and those that were not."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def admit(self, user: str) -> None:
        """Everybody."""

    def succeeded(self, address: str) -> None:
        self.seen.append(f"good {address}")

    def failed(self, address: str) -> float:
        self.seen.append(f"bad {address}")
        return 0.0


def test_passwords_can_be_guessed_no_faster_than_by_pop3() -> None:
    throttle = Noting()
    with mail(limits=Limits(bad_logins=3), throttle=throttle) as served:
        with Client(served.port) as client:
            assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").startswith("235")
        with Client(served.port) as client:
            for _ in range(2):
                assert client.ask("AUTH PLAIN AGFubgB4").startswith("535 5.7.8")
            assert client.ask("AUTH PLAIN AGFubgB4") == "421 4.7.0 too many mistakes"
            assert client.rest() == b""
    assert throttle.seen == ["good 127.0.0.1", *["bad 127.0.0.1"] * 3]


@pytest.mark.parametrize("secure", [False, True], ids=["STARTTLS", "implicit"])
def test_tls_has_the_certificate_of_pop3(secure: bool) -> None:
    tls = authority().tls({"localhost"}, None)("")
    trust = ssl.create_default_context(cafile=authority().ca_file)
    with mail(tls=tls, secure=secure, clear_passwords=False) as served:
        made = (
            smtplib.SMTP_SSL("localhost", served.port, context=trust)
            if secure
            else smtplib.SMTP("localhost", served.port)
        )
        with made as client:
            client.ehlo()
            assert client.has_extn("starttls") is not secure
            if not secure:
                assert not client.has_extn("auth")
                client.starttls(context=trust)
                client.ehlo()
            client.login("ann", "secret")
            client.sendmail("a@b", "ann", "under TLS")
        assert served.messages() == [b"under TLS\r\n"]
        assert not served.errors


@pytest.mark.parametrize("secure", [False, True], ids=["STARTTLS", "implicit"])
def test_a_certificate_that_is_renewed_is_used_from_then_on(secure: bool) -> None:
    old, new = (authority().tls({name}, None)("") for name in ("old.example", "localhost"))
    trust = ssl.create_default_context(cafile=authority().ca_file)
    with mail(tls=old, secure=secure) as served:
        served.tls = new
        if secure:
            smtplib.SMTP_SSL("localhost", served.port, context=trust).quit()
        else:
            with smtplib.SMTP("localhost", served.port) as client:
                client.starttls(context=trust)
        assert not served.errors


def test_octets_behind_starttls_are_not_obeyed() -> None:
    tls = authority().tls({"localhost"}, None)("")
    trust = ssl.create_default_context(cafile=authority().ca_file)
    with mail(tls=tls) as served, Client(served.port) as client:
        client.send(b"STARTTLS\r\nMAIL FROM:<evil@host>\r\nRCPT TO:<ann>\r\n")
        assert client.reply() == "220 Ready to start TLS"
        with trust.wrap_socket(client.socket, server_hostname="localhost") as secure:
            secure.sendall(b"EHLO me\r\nRCPT TO:<ann>\r\nSTARTTLS\r\n")
            said = b""
            while not said.endswith(b"TLS is active\r\n"):
                said += secure.recv(65_536)
            assert said.startswith(b"250-pop3lab\r\n")
            assert b"503 5.5.1 Error: need MAIL command" in said


# Who gets it


def test_recipients_are_judged_at_rcpt() -> None:
    with mail(users=("ann", "ben@here", "Zoe")) as served, Client(served.port) as client:
        replies = client.begin("ann@any.where", "ben@here", "ben@there", "ANN", "Zoe@x", "zoe@x")
        codes = [reply[:9] for reply in replies]
        unknown, good = "550 5.1.1", "250 2.1.5"
        assert codes[1:-1] == [good, good, unknown, good, good, unknown]
        assert client.text(b"x\r\n") == "250 2.0.0 stored"
        assert served.messages("ann") == served.messages("ben@here") == [b"x\r\n"]  # once each
        [first, *_] = served.delivered
        assert first.recipients == ("ann@any.where", "ben@here", "ANN", "Zoe@x")


def test_a_single_user_gets_all_and_any_user_has_a_maildrop() -> None:
    with mail(users=("ann",)) as served, Client(served.port) as client:
        client.begin("somebody@else")
        assert client.text(b"x\r\n") == "250 2.0.0 stored"
        assert served.messages("ann") == [b"x\r\n"]
    with mail(users=(), any_user=True) as served, Client(served.port) as client:
        client.begin("new.user@here")
        client.text(b"y\r\n")
        assert served.messages("new.user") == [b"y\r\n"]
        for nobody in ("a\tb", "x" * 256, "\udcff"):  # who could not log in
            assert client.begin(f'"{nobody}"@here')[1].startswith("5")
            client.ask("RSET")
    with mail(catch_all="ben") as served, Client(served.port) as client:
        client.begin("nobody@here")
        client.text(b"z\r\n")
        assert served.messages("ben") == [b"z\r\n"]


# LMTP


def test_lmtp_answers_for_each_recipient_and_tells_the_envelope() -> None:
    with mail() as served, Client(served.lmtp, "LHLO me") as client:
        replies = client.begin("ann@x", "nobody", "ben@y", sender="")
        assert [reply[:9] for reply in replies[1:4]] == ["250 2.1.5", "550 5.1.1", "250 2.1.5"]
        assert client.text(b"x\r\n") == "250 2.0.0 stored"
        assert client.reply() == "250 2.0.0 stored"
        assert client.ask("NOOP") == "250 2.0.0 OK"
        fields = b"Return-Path: <>\r\nDelivered-To: %s\r\n"
        assert served.messages("ann") == [fields % b"ann@x" + b"x\r\n"]
        assert served.messages("ben") == [fields % b"ben@y" + b"x\r\n"]
        assert [event.protocol for event in served.delivered] == ["LMTP"] * 2


class Failing(MemoryStore):
    """A store that fails some users."""

    errors: dict[str, Exception] = {}  # noqa: RUF012

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        if error := self.errors.get(user):
            raise error
        return super().deliver(user, message, envelope)


def full(number: int) -> StoreFull:
    error = StoreFull("the maildrop is full")
    error.__cause__ = OSError(number, "no room")
    return error


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (NoMaildrop("there is no maildrop"), "550 5.1.1"),
        (full(28), "452 4.3.1"),
        (full(122), "452 4.2.2"),
        (MaildropBusy("maildrop is in use"), "450 4.2.0"),
        (StoreFailed("the message can't be stored"), "451 4.3.0"),
        (RuntimeError("a secret path"), "451 4.3.0"),
    ],
    ids=repr,
)
def test_each_failure_has_its_reply_and_lmtp_one_for_each_recipient(
    error: Exception, reply: str
) -> None:
    store = Failing()
    store.errors = {"ben": error}
    with mail(store) as served:
        with Client(served.lmtp, "LHLO me") as client:
            client.begin("ann", "ben", "ben@x")
            replies = [client.text(b"x\r\n"), client.reply(), client.reply()]
            assert [each[:9] for each in replies] == ["250 2.0.0", reply, reply]
            assert "secret" not in "".join(replies)
            assert client.ask("NOOP").startswith("250")
        with Client(served.port) as client:
            client.begin("ann", "ben")
            assert client.text(b"x\r\n").startswith(reply)
            assert client.ask("NOOP").startswith("250")
        assert len(served.errors) == (2 if isinstance(error, RuntimeError) else 0)


def test_a_message_that_is_too_large_is_refused_once_for_each_recipient() -> None:
    with mail(limits=Limits(message=1000)) as served:
        with Client(served.lmtp, "LHLO me") as client:
            client.begin("ann", "ben")
            assert client.text(b"x" * 500_000 + b"\r\n").startswith("552 5.3.4")
            assert client.reply().startswith("552 5.3.4")
            client.begin("ann")
            assert client.text(b"x" * 998 + b"\r\n").startswith("250")
        with Client(served.port) as client:
            client.begin("ann")
            assert client.text(b"x" * 999 + b"\r\n").startswith("552 5.3.4")
            client.begin("ann")
            assert client.text(b"x\r\n").startswith("250")
        assert len(served.messages()) == 2


def test_a_bug_at_a_command_is_a_reason_to_try_again_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret path")

    with mail() as served:
        monkeypatch.setattr("pop3lab.smtp.recipients.Recipients.user_for", fail)
        for port, hello in ((served.port, "EHLO me"), (served.lmtp, "LHLO me")):
            with Client(port, hello) as client:
                client.ask("MAIL FROM:<a@b>")
                assert client.ask("RCPT TO:<ann>") == "451 4.3.0 try again later"
                assert client.ask("NOOP").startswith("250")
        assert len(served.errors) == 2


# Clients that mean no good


def test_lines_that_never_end_are_bounded() -> None:
    with mail() as served, Client(served.port, "") as client:
        for _ in range(20):
            client.send(b"x" * 100_000)
        client.send(b"\r\n")
        assert client.reply().startswith("500 5.5.2")
        assert client.ask("EHLO me").startswith("250-")
        assert client.ask("MAIL FROM:<" + "a" * 10_000 + "@b>").startswith("500 5.5.2")
        assert not served.errors


@pytest.mark.parametrize(
    "line",
    ["MAIL FROM:<", "MAIL FROM:<a@", 'MAIL FROM:<"', "MAIL FROM:" + "(" * 480, "VRFY <", "VRFY ("],
    ids=lambda line: line[:20],
)
def test_an_address_that_is_none_is_a_mistake_of_the_client(line: str) -> None:
    with mail() as served, Client(served.port) as client:
        assert client.ask(line)[:1] == "5"
        assert client.ask("NOOP").startswith("250")
        assert not served.errors


def test_a_response_that_is_too_long_is_the_last() -> None:
    with mail() as served, Client(served.port) as client:
        assert client.ask("AUTH PLAIN").startswith("334")
        with suppress(OSError):  # it may be closed before all is sent
            client.send(b"x" * 70_000)
        assert client.rest() in (b"500 5.5.6 the response is too long\r\n", b"(reset)")
        assert not served.errors


@pytest.mark.parametrize("said", [b"no TLS\r\n" * 100, b""], ids=["something else", "nothing"])
def test_a_handshake_that_fails_is_no_bug(said: bytes) -> None:
    tls = authority().tls({"localhost"}, None)("")
    with mail(tls=tls, limits=Limits(connections=3)) as served:
        for _ in range(6):
            with Client(served.port) as client:
                assert client.ask("STARTTLS").startswith("220")
                client.send(said)
                client.socket.shutdown(SHUT_WR)
                client.rest()
        assert not served.errors


def test_mistakes_without_end_are_ended() -> None:
    with mail(limits=Limits(bad_after=100)) as served:
        for lines in (b"\xff\xfe\r\n" * 100_000, b"\r\n" * 100_000, b"MAIL\r\n" * 100_000):
            with Client(served.port) as client:
                try:
                    client.send(lines)
                except OSError:
                    continue  # it was closed before all were sent
                said = client.rest()
                assert said.count(b"\n") <= 101 or said == b"(reset)"
        with Client(served.port) as client:
            assert client.ask("NOOP").startswith("250")
        assert not served.errors


def test_recipients_without_end_are_refused_from_the_thousandth_on() -> None:
    with mail() as served, Client(served.port) as client:
        client.send(b"MAIL FROM:<a@b>\r\n" + b"RCPT TO:<ann>\r\n" * 1001 + b"DATA\r\n")
        replies = [client.reply() for _ in range(1003)]
        assert [reply[:9] for reply in replies[1000:1002]] == ["250 2.1.5", "452 4.5.3"]
        assert client.text(b"x\r\n") == "250 2.0.0 stored"
        assert len(served.delivered[0].recipients) == 1000


def test_too_many_connections_are_told_so() -> None:
    with mail(limits=Limits(connections=2)) as served:
        with Client(served.port), Client(served.port), Client(served.port, "") as third:
            assert third.greeting == "421 4.3.2 too many connections"
            assert third.rest() == b""
        with Client(served.port) as client:
            assert client.ask("NOOP").startswith("250")


def test_silence_ends_a_connection_and_a_slow_text_does_not() -> None:
    with mail(limits=Limits(idle=0.3)) as served, Client(served.port) as client:
        client.begin("ann")
        for _ in range(8):
            client.send(b"slow\r\n")
            Event().wait(0.05)
        assert client.text(b"end\r\n").startswith("250")
        assert client.rest() == b""


def test_a_client_that_leaves_in_the_middle_delivers_nothing() -> None:
    with mail() as served:
        leaving: list[Callable[[Client], None]] = [
            lambda client: client.socket.shutdown(SHUT_WR),
            lambda client: client.socket.close(),
        ]
        for leave in leaving:
            with Client(served.port) as client:
                client.begin("ann")
                client.send(b"half a mess")
                leave(client)
        with Client(served.port) as client:
            client.ask("NOOP")
        assert served.messages() == []
        assert not served.errors


# Rules


def test_rules_on_verbs_reply_delay_and_close() -> None:
    with mail() as served:
        served.rule('SMTP RCPT nth=2 -> reply "451 4.7.1 later"')
        served.rule("SMTP NOOP -> delay 0.01")
        served.rule("SMTP VRFY -> close")
        served.rule("SMTP HELP -> reset")
        with Client(served.port) as client:
            client.ask("MAIL FROM:<a@b>")
            assert client.ask("RCPT TO:<ann>").startswith("250")
            assert client.ask("RCPT TO:<ann>") == "451 4.7.1 later"
            assert client.ask("NOOP") == "250 2.0.0 OK"
            client.send(b"VRFY x\r\n")
            assert client.rest() == b""
        with Client(served.lmtp, "LHLO me") as client:
            client.send(b"HELP\r\n")
            assert client.rest() == b"(reset)"
        assert [active.hits for active in served.rules.active] == [1, 1, 1, 1]
        assert not served.errors


def test_a_rule_on_the_end_of_a_message_refuses_it() -> None:
    with mail() as served, Client(served.port) as client:
        served.rule('SMTP MESSAGE times=1 -> reply "452 4.3.1 full" then close')
        client.begin("ann")
        assert client.text(b"x\r\n") == "452 4.3.1 full"
        assert client.rest() == b""
        assert served.messages() == []
        with Client(served.port) as again:
            again.begin("ann")
            assert again.text(b"x\r\n").startswith("250")


def test_a_rule_on_the_end_of_a_message_answers_for_each_recipient_of_lmtp() -> None:
    with mail() as served, Client(served.lmtp, "LHLO me") as client:
        served.rule('SMTP MESSAGE -> reply "452 4.3.1 full"')
        client.begin("ann", "ben")
        assert [client.text(b"x\r\n"), client.reply()] == ["452 4.3.1 full"] * 2
        assert client.ask("NOOP") == "250 2.0.0 OK"


def test_a_user_who_is_gone_since_rcpt_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail() as served, Client(served.port) as client:
        client.begin("ann")
        monkeypatch.setattr(Recipients, "user_for", lambda *_: None)
        assert client.text(b"x\r\n").startswith("550 5.1.1")
        assert served.messages("") == []


def test_a_rule_for_all_commands_may_stall() -> None:
    with mail(limits=Limits(idle=0.2)) as served:
        served.rule("SMTP -> stall")
        with Client(served.port, "") as client:
            client.send(b"EHLO me\r\n")
            assert client.rest() == b""


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("SMTP RCPT -> cut-after 5", "on SMTP the effects are reply, delay, stall, close, reset"),
        ("SMTP RCPT user=ann -> close", "on SMTP the conditions are a verb, nth= and every="),
    ],
)
def test_what_has_no_meaning_on_smtp_is_refused(rule: str, why: str) -> None:
    with mail() as served, pytest.raises(Exception, match=re.escape(why)):
        served.rule(rule)


# What has been stored lasts


def test_a_message_is_acknowledged_when_it_is_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"x\r\n")
    with mail(FolderStore(str(tmp_path))) as served, Client(served.port) as client:
        client.begin("ann")
        assert client.text(b"y\r\n").startswith("250")
        assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"x\r\n", b"y\r\n"]
        assert served.delivered[0].uid.startswith("2-")
        assert served.delivered[0][:2] == (0, "ann")
        assert Envelope(*served.delivered[0][5:]) == Envelope("joe@host", ("ann",))
