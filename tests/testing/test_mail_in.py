"""Pop3Server(smtp=True): what an application sends is fetched a moment later."""

import asyncio
import smtplib
import socket
from email.message import EmailMessage

import pytest

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.interfaces import Envelope
from tests.testing.clients import logged_in


def send(server: Pop3Server, to: str = "user@example.com") -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.sendmail("joe@host", to, "Subject: hi\n\nyou\n")


def fetch(server: Pop3Server, user: str = "user") -> list[bytes]:
    with logged_in(server, user) as client:
        return [b"\n".join(client.retr(n)[1]) for n in range(1, client.stat()[0] + 1)]


def test_what_is_sent_is_fetched_and_its_envelope_is_known() -> None:
    with Pop3Server(smtp=True) as server:
        send(server)
        assert fetch(server) == [b"Subject: hi\n\nyou"]
        [message] = server.messages
        assert message.envelope == Envelope("joe@host", ("user@example.com",))
        assert message.bytes == b"Subject: hi\r\n\r\nyou\r\n"
        assert isinstance(message.parsed, EmailMessage)
        note = "(SMTP from <joe@host> to <user@example.com>: message of 20 octets 1 for user)"
        assert note in str(server.transcript)
        assert server.smtp_url == f"smtp://127.0.0.1:{server.smtp_port}"
        assert len(server.sessions) == 1
        server.verify()


def test_reset_removes_it_and_the_port_stays() -> None:
    with Pop3Server(smtp=True) as server:
        port = server.smtp_port
        send(server)
        server.reset()
        assert server.messages == []
        assert server.smtp_port == port
        send(server)
        assert len(fetch(server)) == 1
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP("127.0.0.1", port)


def test_users_that_are_added_later_get_mail_and_may_send() -> None:
    with Pop3Server(users={"ann": "a", "ben": "b"}, smtp=True) as server:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(server, "zoe@x")
        server.add_user("zoe", "z")
        send(server, "zoe@x")
        with smtplib.SMTP(server.host, server.smtp_port) as client:
            client.login("zoe", "z")
        assert [message.user for message in server.messages] == ["zoe"]


def test_any_user_and_catch_all() -> None:
    with Pop3Server(any_user=True, smtp=True) as server:
        send(server, "new@x")
        assert len(fetch(server, "new")) == 1
    with Pop3Server(users={"ann": "a", "ben": "b"}, smtp=True, catch_all="ben") as server:
        send(server, "nobody@x")
        assert server.messages[0].user == "ben"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_is_as_for_pop3(tls: str) -> None:
    with Pop3Server(smtp=True, tls=tls) as server:  # type: ignore[arg-type]
        trust = server.client_context()
        made: smtplib.SMTP = (
            smtplib.SMTP_SSL("localhost", server.smtp_port, context=trust)
            if tls == "implicit"
            else smtplib.SMTP("localhost", server.smtp_port)
        )
        with made as client:
            if tls == "starttls":
                client.starttls(context=trust)
            client.sendmail("a@b", "user", "x")
        assert len(server.messages) == 1
        assert server.smtp_url.partition(":")[0] == ("smtps" if tls == "implicit" else "smtp")


def test_rules_and_what_they_did_are_reported_as_others() -> None:
    with Pop3Server(smtp=True, rules=['SMTP RCPT -> reply "451 4.7.1 later"']) as server:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(server)
        server.verify()
        with server.when("SMTP DATA").do('reply "450 4.7.0 no"'), pytest.raises(AssertionError):
            server.verify()


def test_in_a_loop_it_is_the_loop_that_takes_mail() -> None:
    async def run() -> int:
        async with Pop3Server(smtp=True) as server:
            await asyncio.to_thread(send, server)
            return len(server.messages)

    assert asyncio.run(run()) == 1


def test_wrong_options_are_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"catch_all='zoe', who is not in users="):
        Pop3Server(smtp=True, catch_all="zoe")
    with pytest.raises(ConfigError, match="write smtp=True, too"):
        Pop3Server(catch_all="user")
    for wrong in ("yes", 65_536, None):
        with pytest.raises(ConfigError, match=f"smtp={wrong!r}: write True, or a port from 0 to"):
            Pop3Server(smtp=wrong)  # type: ignore[arg-type]


def test_the_port_may_be_given_and_nothing_stays_if_it_is_taken() -> None:
    with Pop3Server(smtp=0) as first:
        second = Pop3Server(smtp=first.smtp_port, web=True)
        with pytest.raises(OSError, match="Address already in use"):
            second.start()
        for port in (second.port, int(second.web_url.rpartition(":")[2].strip("/"))):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((second.host, port))
    with second:
        assert second.smtp_port == first.smtp_port
        send(second)
        assert len(second.messages) == 1
    with Pop3Server() as server, pytest.raises(ConfigError, match="smtp=True"):
        _ = server.smtp_port
    with pytest.raises(RuntimeError, match="takes no mail yet"):
        _ = Pop3Server(smtp=True).smtp_url
