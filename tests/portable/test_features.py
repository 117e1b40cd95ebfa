"""All that Pop3Server and the plugin can, on whatever system this is."""

import asyncio
import poplib
import socket
import ssl
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path

import pytest

import pop3lab
from pop3lab import Message, Pop3Server, WaitTimeout, generate, load_scenario
from pop3lab.core.errors import ConfigError
from pop3lab.testing.messages import MessageContent
from tests.testing.clients import SECONDS, connected, fetch, logged_in

pytestmark = pytest.mark.portable
pytest_plugins = ["pytester"]

ONE = [b"one\r\n"]


# Messages


def test_messages_as_a_list() -> None:
    letter = EmailMessage()
    letter["Subject"] = "three"
    letter.set_content("text")
    given: list[MessageContent] = [
        "one",
        b"two\n",
        letter,
        Message("four", uid="IV"),
        Message(b"a\nb", as_is=True),
    ]
    with Pop3Server(given) as server:
        assert fetch(server)[1:4:2] == [b"two\r\n", b"four\r\n"]
        assert [message.uid for message in server.messages] == ["1", "2", "3", "IV", "4"]


def test_generated_messages() -> None:
    with Pop3Server([generate(3, size="1KiB")]) as server:
        assert [len(text) for text in fetch(server)] == [1024] * 3
    with Pop3Server(2) as server:
        assert len(fetch(server)) == 2


def test_a_message_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"Subject: x\r\n\r\nfrom a file\n")
    with Pop3Server([tmp_path / "one.eml"]) as server:
        assert fetch(server) == [b"Subject: x\r\n\r\nfrom a file\r\n"]


def test_a_copy_of_a_folder(tmp_path: Path) -> None:
    for name in ("b", "ä.eml", "Z", ".hidden"):
        (tmp_path / name).write_bytes(name.encode() + b"\r\n")
    (tmp_path / "folder").mkdir()
    with Pop3Server(tmp_path) as server:
        assert fetch(server, delete=True) == [b"Z\r\n", b"b\r\n", "ä.eml\r\n".encode()]
        assert server.deleted[:2] == ["Z", "b"]
    assert len([*tmp_path.iterdir()]) == 5


def test_advice_for_a_folder_of_the_wrong_kind(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "cur").mkdir()
    with pytest.raises(ConfigError, match="is a Maildir: give a list"):
        Pop3Server(tmp_path)


def test_messages_per_user_and_added_ones() -> None:
    users = {"ann": "secret", "bob": "secret"}
    with Pop3Server({"bob": ["for bob"]}, users=users) as server:
        server.add("another", user="bob")
        with logged_in(server, "bob") as client:
            assert client.stat()[0] == 2


# TLS and login


def test_implicit_tls() -> None:
    with Pop3Server(["one"], tls="implicit") as server:
        assert fetch(server) == ONE
        assert server.wait_session().tls == "TLSv1.3"


def test_tls_by_stls() -> None:
    with Pop3Server(["one"], tls="starttls") as server:
        client = connected(server)
        client.stls(server.client_context())
        client.user("user")
        client.pass_("password")
        assert client.stat()[0] == 1
        client.quit()


def test_the_ca_file() -> None:
    with Pop3Server(["one"], tls="implicit") as server:
        context = ssl.create_default_context(cafile=server.ca_file)
        host, port = server.address
        client = poplib.POP3_SSL(host, port, timeout=SECONDS, context=context)
        client.quit()


def test_bad_certificates() -> None:
    quirks = ["cert-expired"]
    with Pop3Server(tls="implicit", quirks=quirks) as server, pytest.raises(ssl.SSLError):
        connected(server)


def test_apop_sasl_and_tokens() -> None:
    with Pop3Server(["one"], tokens={"t0ken": "user"}) as server:
        client = connected(server)
        client.apop("user", "password")
        client.quit()
        for mechanism, said in (("PLAIN", "\0user\0password"), ("XOAUTH2", _OAUTH)):
            client = connected(server)
            response = b64encode(said.encode()).decode()
            client._shortcmd(f"AUTH {mechanism} {response}")  # type: ignore[attr-defined]
            client.quit()
        assert [session.user for session in server.sessions] == ["user"] * 3


_OAUTH = "user=user\1auth=Bearer t0ken\1\1"


# Misbehaviour


def test_a_rule_that_resets_the_connection() -> None:
    with Pop3Server(["one"]) as server:
        server.when("STAT", nth=1).do("reset")
        with logged_in(server) as client:
            with pytest.raises(ConnectionResetError):
                client.stat()
            client.close()
            client.quit = lambda: b""  # type: ignore[method-assign]
        assert server.wait_session().end_reason == "fault"
        assert fetch(server) == ONE


def test_a_rule_that_cuts_a_message() -> None:
    with Pop3Server(["x" * 5000]) as server:
        server.when("RETR").do("cut-after 512")
        client = connected(server)
        client.user("user")
        client.pass_("password")
        with pytest.raises((poplib.error_proto, OSError)):
            client.retr(1)
        client.close()


def test_a_rule_that_delays() -> None:
    with Pop3Server(["one"]) as server, logged_in(server) as client:
        server.when("STAT").do("delay 0.1")
        began = time.monotonic()
        client.stat()
        assert time.monotonic() - began >= 0.09


def test_an_idle_client_is_disconnected() -> None:
    with Pop3Server(["one"], idle=0.1) as server:
        with socket.create_connection(server.address, SECONDS) as client:
            while client.recv(100):
                pass
        assert server.wait_session().end_reason == "timeout"


def test_quirks_and_profiles() -> None:
    server = Pop3Server(["one"], quirks=["minimal-commands"])
    with server, logged_in(server) as client, pytest.raises(poplib.error_proto):
        client.uidl()
    with Pop3Server(["one"], profile="gmail", tls="implicit") as server:
        assert len(fetch(server)) == 1


def test_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text('[[message]]\ntext = "one"\n', encoding="ascii")
    with load_scenario(file).server() as server:
        assert fetch(server) == ONE


# What happened


def test_sessions_transcript_and_waits() -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        session = server.wait_session()
        assert (session.end_reason, session.retrieved) == ("quit", ["1"])
        server.expect(["USER", "PASS", "STAT", "RETR", "QUIT"])
        assert "C: RETR 1" in str(server.transcript)
        server.wait(logins=1, retrieved=["1"])
        server.verify()
        server.assert_no_connections(0.01)
        with pytest.raises(WaitTimeout):
            server.wait_session(0.01)


def test_a_transcript_in_a_file(tmp_path: Path) -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        for name in ("a.txt", "a.html", "a.jsonl", "a.txt"):
            server.transcript.save(tmp_path / name)
    assert b"C: RETR 1\n" in (tmp_path / "a.txt").read_bytes()


def test_violations() -> None:
    with Pop3Server(["one"]) as server:
        with socket.create_connection(server.address, SECONDS) as client:
            client.recv(200)
            client.sendall(b"STAT\nQUIT\r\n")
            while client.recv(100):
                pass
        server.wait_session()
        with pytest.raises(AssertionError, match="bare-lf"):
            server.verify()


# Life


def is_refused(server: Pop3Server) -> bool:
    try:
        socket.create_connection(server.address, SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def test_refuse_and_resume() -> None:
    with Pop3Server(["one"]) as server:
        for _ in range(2):
            fetch(server)
            server.refuse()
            assert is_refused(server)
            server.resume()
        assert fetch(server) == ONE


def test_refuse_and_resume_beside_an_open_session() -> None:
    with Pop3Server(["one"]) as server, logged_in(server) as client:
        server.refuse()
        assert is_refused(server)
        assert client.stat()[0] == 1
        server.resume()
        assert client.stat()[0] == 1
        with Pop3Server() as other:
            assert not is_refused(other)


def test_the_port_is_kept_while_the_server_refuses() -> None:
    with Pop3Server() as server, ExitStack() as stack:
        server.refuse()
        others = [stack.enter_context(Pop3Server()) for _ in range(20)]
        assert server.port not in [other.port for other in others]
        assert is_refused(server)
        server.resume()
        assert not is_refused(server)


def test_pause_and_resume() -> None:
    with Pop3Server(["one"]) as server:
        server.pause()
        with socket.create_connection(server.address, SECONDS) as client:
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(100)
            server.resume()
            client.settimeout(SECONDS)
            assert client.recv(100).startswith(b"+OK")


def test_reset() -> None:
    with Pop3Server(["one"]) as server:
        port = server.port
        fetch(server, delete=True)
        client = connected(server)
        server.reset()
        with pytest.raises((ConnectionError, poplib.error_proto)):
            client.stat()
        client.close()
        assert (fetch(server), server.port) == (ONE, port)


def test_a_port_in_use_is_named() -> None:
    with Pop3Server() as server, pytest.raises(OSError, match=f"127.0.0.1:{server.port}: "):
        Pop3Server(port=server.port).start()


def test_start_again_at_the_same_port() -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
    with Pop3Server(["one"], port=server.port) as again:
        assert fetch(again) == ONE


def test_localhost_listens_on_both_addresses() -> None:
    with Pop3Server(["one"], host="localhost") as server:
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, server.port), SECONDS).close()


def test_async_with() -> None:
    async def talk() -> None:
        async with Pop3Server(["one"]) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            assert (await reader.readline()).startswith(b"+OK")
            writer.write(b"QUIT\r\n")
            assert (await reader.readline()).startswith(b"+OK ")
            writer.close()
            assert (await server.wait_session_async()).end_reason == "quit"
            await server.reset_async()
            server.refuse()
            server.resume()

    asyncio.run(talk())


def test_many_servers() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(Pop3Server(["one"])) for _ in range(100)]
        assert [thread.name for thread in threading.enumerate()].count("pop3lab") == 1
        assert all(fetch(server) == ONE for server in servers)


def test_many_clients() -> None:
    users = {f"user{number}": "secret" for number in range(50)}
    with Pop3Server({user: ["one"] for user in users}, users=users) as server:

        def read(user: str) -> int:
            with logged_in(server, user) as client:
                return int(client.stat()[0])

        with ThreadPoolExecutor(50) as pool:
            assert [*pool.map(read, users)] == [1] * 50


# The plugin


def outcome(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """A run of its own, at whose end the thread of its servers is gone."""
    pytester.makepyfile(tests)
    off = [word for name in ("cacheprovider", "asyncio", "anyio") for word in ("-p", f"no:{name}")]
    return pytester.runpytest_inprocess(*off)


def test_the_fixtures_of_the_plugin(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import pytest
        from pop3lab import Pop3Server
        from tests.testing.clients import fetch

        @pytest.fixture(scope="module")
        def mail():
            with Pop3Server(["one"]) as server:
                yield server

        @pytest.mark.pop3(messages=["one"])
        def test_it(pop3_server, make_pop3_server, pop3_tls, mail):
            secure = make_pop3_server(["one"], tls="implicit")
            assert fetch(pop3_server) == fetch(secure) == fetch(mail) == [b"one\\r\\n"]
            with open(pop3_tls.ca_file, encoding="ascii") as file:
                assert file.read() == pop3_tls.pem
        """,
    )
    result.assert_outcomes(passed=1)


def test_the_report_of_a_test_that_fails(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import poplib

        def test_it(pop3_server):
            poplib.POP3(*pop3_server.address, timeout=10).quit()
            assert pop3_server.wait_session().user == "ann"
        """,
    )
    result.stdout.fnmatch_lines(["*POP3 transcript: 127.0.0.1:*", "*C: QUIT"])


# The command


@pytest.mark.parametrize(
    "words",
    ["--help", "--version", "serve --help", "quirks", "faults cut-after", "attacks", "profiles"],
)
def test_commands_that_serve_nothing(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    from pop3lab.cli.main import main

    assert main(words.split(), {}) == 0
    said = capsys.readouterr()
    assert said.out
    assert not said.err


def test_a_scenario_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pop3lab.cli.main import main

    (tmp_path / "a.toml").write_text('[[message]]\ntext = "one"\n', encoding="ascii")
    assert main(["scenario", "check", str(tmp_path / "a.toml")], {}) == 0
    assert capsys.readouterr().out.endswith("a.toml: ok\n")


def test_the_public_names() -> None:
    assert all(getattr(pop3lab, name) for name in pop3lab.__all__)
