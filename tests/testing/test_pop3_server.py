"""A server within a test: what it can be, and what happens to it."""

import os
import poplib
import socket
import ssl
import threading
from base64 import b64encode
from contextlib import closing
from typing import Any

import pytest

from pop3lab import Limits, Message, Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.testing.scopes import apart_from_tests
from tests.testing.clients import SECONDS, connected, fetch, logged_in


def test_one_line_starts_it_and_says_where() -> None:
    with Pop3Server() as server:
        assert server.address == (server.host, server.port)
        assert server.host == "127.0.0.1"
        assert server.url == f"pop3://127.0.0.1:{server.port}"
        assert (server.user, server.password) == ("user", "password")
        assert repr(server) == f"<Pop3Server at {server.url}>"
        with logged_in(server) as client:
            assert client.stat() == (0, 0)


def test_it_says_that_it_has_not_been_started() -> None:
    server = Pop3Server()
    for ask in (lambda: server.port, lambda: server.sessions, server.refuse, lambda: server.rules):
        with pytest.raises(RuntimeError, match="use `with`, or start"):
            ask()
    server.stop()


def test_messages_come_and_go() -> None:
    with Pop3Server(["one", Message("two", uid="B")]) as server:
        with logged_in(server) as client:
            assert server.add("three", uid="C") == "C"
            assert client.stat()[0] == 2  # the maildrop is as it was at the login
            client.dele(2)
            assert len(server.messages) == 3
        assert [stored.uid for stored in server.messages] == ["1", "C"]
        assert server.deleted == ["B"]
        assert server.messages[1].octets == len(server.messages[1].bytes) == 7
        assert fetch(server) == [b"one\r\n", b"three\r\n"]


def test_many_at_once_share_one_thread() -> None:
    def shared() -> int:
        return [thread.name for thread in threading.enumerate()].count("pop3lab")

    assert not shared()
    servers = [Pop3Server([f"{number}"]).start() for number in range(20)]
    assert shared() == 1
    assert len({server.port for server in servers}) == 20
    for number, server in enumerate(servers):
        assert fetch(server) == [b"%d\r\n" % number]
    for server in servers:
        server.stop()
    assert not shared()


def test_a_port_that_is_taken_is_named() -> None:
    with Pop3Server() as server, pytest.raises(OSError, match=rf"at 127.0.0.1:{server.port}: Add"):
        Pop3Server(port=server.port).start()
    with Pop3Server(port=server.port) as again:
        assert again.port == server.port


def test_names_of_hosts_are_not_resolved() -> None:
    with pytest.raises(ConfigError, match=r"'pop\.local' is not an address: write 127"):
        Pop3Server(host="pop.local").start()


def test_ipv6() -> None:
    if not has_ipv6():
        with pytest.raises(OSError, match=r"can't listen at \[::1\]:0"):
            Pop3Server(host="::1").start()
        return
    with Pop3Server(["one"], host="::1") as server:
        assert server.url == f"pop3://[::1]:{server.port}"
        assert fetch(server) == [b"one\r\n"]


def test_localhost_is_both_addresses_of_loopback() -> None:
    if not has_ipv6():
        with pytest.raises(OSError, match=r"can't listen at \[::1\]"):
            Pop3Server(host="localhost").start()
        return
    with Pop3Server(["one"], host="localhost") as server:
        assert server.url == f"pop3://localhost:{server.port}"
        for address in ("127.0.0.1", "::1"):
            with closing(poplib.POP3(address, server.port, timeout=SECONDS)) as client:
                assert client.getwelcome().startswith(b"+OK")
        server.refuse()
        for address in ("127.0.0.1", "::1"):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, server.port), SECONDS)
        server.resume()
        assert fetch(server) == [b"one\r\n"]
        server.reset()
        assert fetch(server) == [b"one\r\n"]


@pytest.mark.parametrize("rule", ["connect-blackhole ipv6", "connect-refused ipv6"])
def test_a_server_that_is_dead_at_one_address_and_alive_at_the_other(rule: str) -> None:
    if not has_ipv6():
        with pytest.raises(OSError, match=r"can't listen at \[::1\]"):
            Pop3Server(host="localhost", quirks=[rule]).start()
        return
    with Pop3Server(["one"], host="localhost", quirks=[rule]) as server:
        with closing(poplib.POP3("127.0.0.1", server.port, timeout=SECONDS)) as client:
            assert client.getwelcome().startswith(b"+OK")
        with pytest.raises((ConnectionResetError, TimeoutError)):  # which may be before it knows
            read_within("::1", server.port, 0.2)


def read_within(host: str, port: int, seconds: float) -> None:
    with socket.create_connection((host, port), SECONDS) as client:
        client.settimeout(seconds)
        client.recv(1)


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


# TLS


def test_implicit_tls() -> None:
    with Pop3Server(["one"], tls="implicit") as server:
        assert server.url == f"pop3s://127.0.0.1:{server.port}"
        assert fetch(server) == [b"one\r\n"]
        assert server.wait_session().tls == "TLSv1.3"
        folder, name = os.path.split(server.ca_file)  # which other users' clients read, too
        assert os.stat(folder).st_mode & 0o777 == 0o755
        assert os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o644
        with open(server.ca_file, encoding="ascii") as file:
            context = ssl.create_default_context(cadata=file.read())
        poplib.POP3_SSL(server.host, server.port, timeout=SECONDS, context=context).quit()
        with pytest.raises(ssl.SSLCertVerificationError):
            poplib.POP3_SSL(server.host, server.port, context=ssl.create_default_context())
        server.wait(sessions=3)
        assert [session.end_reason for session in server.sessions] == ["quit", "quit", "tls_failed"]


def test_starttls() -> None:
    with Pop3Server(["one"], tls="starttls") as server:
        client = connected(server)
        client.stls(server.client_context())
        client.user("user")
        client.pass_("password")
        client.quit()
        session = server.wait_session()
        assert (session.tls, session.user) == ("TLSv1.3", "user")
        assert session.commands == ["CAPA", "STLS", "USER", "PASS", "QUIT"]


def test_certificates_are_made_once() -> None:
    with Pop3Server(tls="implicit") as one, Pop3Server(tls="starttls") as two:
        assert one.ca_file == two.ca_file
        assert one.client_context() is not one.client_context()


# Who may log in


def test_users() -> None:
    with Pop3Server(users={"ann": "a", "bob": "b"}) as server:
        assert (server.user, server.password) == ("ann", "a")
        client = connected(server)
        client.user("bob")
        client.pass_("b")
        client.quit()
        assert server.wait_session().user == "bob"


def test_auth_leaves_only_these_ways() -> None:
    with Pop3Server(auth=["APOP"]) as server:
        client = connected(server)
        with pytest.raises(poplib.error_proto):
            client.user("user")
        client.apop("user", "password")
        client.quit()
        assert server.wait_session().mechanism == "APOP"
    with Pop3Server(auth=["user", "scram-sha-256-plus"]) as server:
        client = connected(server)
        assert client.capa()["SASL"] == ["SCRAM-SHA-256"]
        client.close()


def test_tokens() -> None:
    with Pop3Server(tokens={"some-token": "user"}, auth=["XOAUTH2"]) as server:
        client = connected(server)
        assert client.capa()["SASL"] == ["XOAUTH2"]
        client._shortcmd("AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNvbWUtdG9rZW4BAQ==")  # type: ignore[attr-defined]
        client.quit()
        session = server.wait_session()
        assert (session.mechanism, session.lines[1]) == ("XOAUTH2", "AUTH XOAUTH2 ****")


@pytest.mark.parametrize("opened", [["ann", "bob"], ("ann", "bob"), "ann,bob"])
def test_a_token_of_several_users(opened: list[str] | str) -> None:
    users = {"ann": "secret", "bob": "word"}
    with Pop3Server(users=users, tokens={"t0ken": opened}) as server:
        for user in users:
            client = connected(server)
            response = b64encode(f"user={user}\1auth=Bearer t0ken\1\1".encode()).decode()
            client._shortcmd(f"AUTH XOAUTH2 {response}")  # type: ignore[attr-defined]
            client._shortcmd("NOOP")  # type: ignore[attr-defined]
            client.quit()
            assert server.wait_session().user == user
    for wrong in ("ann,tim", ["tim"], [], 5):
        with pytest.raises(ConfigError, match="who is not in users="):
            Pop3Server(users=users, tokens={"t0ken": wrong})  # type: ignore[dict-item]


def test_who_may_act_for_whom() -> None:
    users = {"ann": "secret", "bob": "word"}
    with Pop3Server(users=users, authzid=["ann:bob"]) as server:
        client = connected(server)
        response = b64encode(b"bob\0ann\0secret").decode()
        client._shortcmd(f"AUTH PLAIN {response}")  # type: ignore[attr-defined]
        client.quit()
        session = server.wait_session()
        assert (session.user, session.mechanism) == ("bob", "PLAIN")
    for wrong in ("ann", "ann:tim", "tim:ann"):
        with pytest.raises(ConfigError, match="write NAME:USER, who may act, and for whom"):
            Pop3Server(users=users, authzid=[wrong])


SECRET = ["NOOP Xyzzy-42", "PAS hunter22", "AUTH hunter22", "hunter22", "NOOP t0ken"]


def test_users_secrets_are_nowhere_in_what_is_kept() -> None:
    with Pop3Server(users={"ann": "Xyzzy-42"}, tokens={"t0ken": "ann"}) as server:
        with closing(connected(server)) as client:
            for line in SECRET:
                with pytest.raises(poplib.error_proto):
                    client._shortcmd(line)  # type: ignore[attr-defined]
        session = server.wait_session()
        kept = [str(server.transcript), server.transcript.html(), repr(session.lines)]
        kept += [server.transcript.json_lines(), repr(server.stats), repr(session.violations)]
    for secret in ("Xyzzy-42", "hunter22", "t0ken"):
        assert not [text for text in kept if secret.lower() in text.lower()]
    assert session.lines == ["NOOP ****", "PAS ****", "AUTH ****", "****", "NOOP ****"]


def test_limits() -> None:
    with Pop3Server(idle=0.05) as server:
        client = connected(server)
        assert client.sock.recv(1) == b""
        client.close()
        assert server.wait_session().end_reason == "timeout"
    with Pop3Server(limits=Limits(bad_before=1)) as server:
        client = connected(server)
        with pytest.raises(poplib.error_proto):
            client.stat()
        client.close()
        assert server.wait_session().end_reason == "dropped"
    with Pop3Server(login_delay=60) as server:
        fetch(server)
        client = connected(server)
        client.user("user")
        with pytest.raises(poplib.error_proto, match="LOGIN-DELAY"):
            client.pass_("password")
        client.quit()


UTF8_HEADER = "Subject: gr\u00fc\u00df\r\n\r\nhallo\r\n".encode()


@pytest.mark.parametrize("options", [{}, {"profile": "dovecot", "utf8": True}, {"profile": "qq"}])
def test_p094_who_is_not_told_of_utf8_gets_headers_in_utf8(options: dict[str, Any]) -> None:
    with Pop3Server(messages=[UTF8_HEADER], **options) as server:
        client = connected(server)
        assert "UTF8" not in client.capa()
        client.quit()
        assert fetch(server) == [UTF8_HEADER]


@pytest.mark.parametrize("options", [{"utf8": True}, {"quirks": ["utf8-mode"]}])
def test_p252_utf8_where_it_is_asked_for(options: dict[str, Any]) -> None:
    with Pop3Server(messages=[UTF8_HEADER], **options) as server:
        with logged_in(server) as client, pytest.raises(poplib.error_proto, match="UTF8"):
            client.retr(1)
        client = connected(server)
        assert client.capa()["UTF8"] == ["USER"]
        client.utf8()
        client.user("user")
        client.pass_("password")
        assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == UTF8_HEADER
        client.quit()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tls": "ssl"}, "tls='ssl': write tls='implicit' or tls='starttls'"),
        ({"users": {}}, "users= is empty"),
        ({"auth": []}, "auth= is empty"),
        ({"auth": ["CRAM-MD4"]}, "auth= has no 'CRAM-MD4', .* did you mean 'CRAM-MD5'"),
        ({"quirks": ["autodelet"]}, "did you mean 'autodelete'"),
        ({"profile": "mail-bx"}, "did you mean 'mail-box'"),
    ],
)
def test_what_can_not_be_is_said_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Pop3Server(**options)


# Not there


def test_refuse_and_resume_at_the_same_port() -> None:
    with Pop3Server(["one"]) as server:
        port = server.port
        client = connected(server)
        server.refuse()
        server.refuse()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(server.address)
        client.quit()  # what is open goes on
        server.resume()
        assert fetch(server) == [b"one\r\n"]
        assert server.port == port


def test_refuse_after_a_pause() -> None:
    with Pop3Server(["one"]) as server:
        for _ in range(20):
            server.pause()
            server.refuse()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(server.address)
            server.resume()
        assert fetch(server) == [b"one\r\n"]


def test_the_port_is_kept_meanwhile() -> None:
    with Pop3Server() as server:
        server.refuse()
        with socket.socket() as other, pytest.raises(OSError, match="Address already in use"):
            other.bind(server.address)


def test_pause_and_resume() -> None:
    with Pop3Server(["one"]) as server:
        server.pause()
        client = socket.create_connection(server.address, timeout=0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert server.sessions == []
        server.resume()
        client.settimeout(SECONDS)
        assert client.recv(3) == b"+OK"
        client.close()
        server.resume()
        assert fetch(server) == [b"one\r\n"]


def test_reset_is_as_at_the_start() -> None:
    with Pop3Server(["one"], quirks=["autodelete"]) as server:
        port = server.port
        fetch(server, delete=True)
        server.add("two")
        server.when("any", session=2).do("minimal-commands")
        late = connected(server)
        server.refuse()
        server.reset()
        with pytest.raises((ConnectionError, poplib.error_proto)):
            late.noop()
        late.close()
        assert (server.sessions, server.deleted, str(server.transcript)) == ([], [], "")
        assert [str(active.rule) for active in server.rules.active] == ["autodelete"]
        assert server.port == port
        assert fetch(server) == [b"one\r\n"]
        assert server.wait_session().number == 1
        assert server.add("three") == "2"


# The end


def test_stop_resets_what_is_open_at_once_and_may_be_called_again() -> None:
    server = Pop3Server([b"x" * 10_000_000]).start()
    idle = connected(server)
    busy = connected(server)
    busy.user("user")
    busy.pass_("password")
    busy._putcmd("RETR 1")  # type: ignore[attr-defined]
    server.wait(commands={"RETR": 1})
    server.stop()
    server.stop()
    assert [session.end_reason for session in server.sessions] == ["stopped", "stopped"]
    with pytest.raises(ConnectionResetError):
        idle.sock.recv(1)
    with pytest.raises(RuntimeError, match="the server is stopped"):
        server.resume()
    for client in (idle, busy):
        client.close()


def test_stop_in_the_middle_of_a_handshake() -> None:
    with Pop3Server(tls="implicit") as server:
        client = socket.create_connection(server.address)
        client.sendall(b"\x16\x03\x01")
        assert server.transcript is not None
    client.close()
    assert all(session.closed for session in server.sessions)


def test_it_can_be_started_again() -> None:
    server = Pop3Server(["one"])
    for _ in range(2):
        with server:
            assert fetch(server) == [b"one\r\n"]
            assert len(server.sessions) == 1
    assert server.start() is server.start()
    server.stop()


def test_an_error_of_the_server_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Pop3Server(["one"])
    monkeypatch.setattr(server._store, "open", lambda user: 1 / 0)

    def lose_it() -> None:
        with server:
            client = connected(server)
            client.user("user")
            with pytest.raises(ConnectionResetError):
                client.pass_("password")
            client.close()
            assert server.wait_session().end_reason == "failed"
            with pytest.raises(AssertionError, match="the server failed: ZeroDivisionError"):
                server.verify()

    with pytest.raises(BaseExceptionGroup) as caught:
        lose_it()
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert server.errors == list(caught.value.exceptions)


def test_an_error_that_nobody_caught_belongs_to_all_servers_of_the_thread() -> None:
    with Pop3Server() as one, Pop3Server() as two:
        assert one._service.loop
        one._service.loop.call_soon_threadsafe(lambda: 1 / 0)
        for server in (one, two):
            server.refuse()  # in the same loop, and so after that
            assert [type(error) for error in server.errors] == [ZeroDivisionError]
            server.errors.clear()


def test_an_error_of_the_test_is_not_hidden() -> None:
    server = Pop3Server()

    def fail() -> None:
        with server:
            server.errors.append(ValueError())
            raise KeyError

    with apart_from_tests(), pytest.raises(KeyError):
        fail()


def test_a_locked_maildrop_is_refused_at_once_if_asked_for() -> None:
    with Pop3Server(["one"], busy=0) as server:
        holder, second = connected(server), connected(server)
        for client in (holder, second):
            client.user("user")
        holder.pass_("password")
        with pytest.raises(poplib.error_proto, match="IN-USE"):
            second.pass_("password")
        times = [float(line.split()[1]) for line in str(server.transcript).splitlines()]
        assert times[-1] < 1
        holder.quit()
        second.quit()


def test_an_idle_session_is_closed_when_the_server_has_closed_it() -> None:
    with Pop3Server(idle=0.1) as server:
        client = connected(server)
        session = server.wait_session(timeout=1.9)  # before the 2 seconds that others get to leave
        assert (session.end_reason, session.client_close) == ("timeout", "closed")
        assert client.sock.recv(1) == b""
        client.close()


def test_a_client_without_tls_is_left_after_the_seconds_for_a_handshake() -> None:
    with Pop3Server(tls="implicit", handshake=0.2) as server:
        client = socket.create_connection(server.address, timeout=SECONDS)
        assert client.recv(1) == b""
        client.close()
        assert server.wait_session().end_reason == "tls_failed"
