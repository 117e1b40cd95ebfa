"""Messages in all the forms in which a test may give them."""

import email
import email.policy
import poplib
import re
import socket
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from pop3lab import Message, Pop3Server, generate
from pop3lab.core.errors import ConfigError
from pop3lab.testing.messages import MessageContent, Messages
from tests.testing.clients import fetch, logged_in


def there(messages: Messages, **options: object) -> list[tuple[str, bytes]]:
    """The unique-ids and texts that the server has."""
    with Pop3Server(messages, **options) as server:  # type: ignore[arg-type]
        return [(stored.uid, stored.bytes) for stored in server.messages]


def test_lines_of_text_end_in_crlf() -> None:
    assert there(["a\n\nb\u00e9\r\nc"]) == [("1", "a\r\n\r\nb\u00e9\r\nc\r\n".encode())]


def test_so_do_lines_of_octets() -> None:
    assert there([b"a\nb\r\n\x00\xff"]) == [("1", b"a\r\nb\r\n\x00\xff\r\n")]


def test_octets_that_are_to_stay_as_they_are(tmp_path: Path) -> None:
    odd = b"a\nb\r\n\rc\r\r\n.\n\x00\xff\r\n"
    (tmp_path / "odd").write_bytes(odd)
    for content in (odd, odd.decode("utf-8", "surrogateescape"), tmp_path / "odd"):
        assert there([Message(content, as_is=True)]) == [("1", odd)]


ENDS = [
    b"",
    b"\n",
    b"\r\n",
    b"\r",
    b"x",
    b"x\n",
    b"x\r\n",
    b"x\r",
    b"x\r\r",
    b"x\n\r",
    b".",
    b"\n.",
]
TEXTS = [b"", b"one\ntwo", b"one\r\ntwo\r", b"\n\n", b".\r\n.\n..", b"x" * 70_000 + b"\n"]


def octets_of_retr(server: Pop3Server, number: int) -> bytes:
    """Those that come before the terminator, the doubled dots single."""
    with socket.create_connection(server.address, timeout=10) as client:
        user, password = server.user.encode(), server.password.encode()
        client.sendall(b"USER %s\r\nPASS %s\r\nRETR %d\r\nQUIT\r\n" % (user, password, number))
        said = b""
        while octets := client.recv(1 << 20):
            said += octets
    _, _, _, answers = said.split(b"\r\n", 3)
    head, text = answers.split(b"\r\n", 1)
    assert head.startswith(b"+OK")
    text = text[: text.index(b"\r\n.\r\n") + 2] if not text.startswith(b".\r\n") else b""
    return re.sub(rb"(?m)^\.", b"", text)


@pytest.mark.parametrize("as_is", [False, True])
def test_list_is_what_retr_sends_whatever_the_line_ends(as_is: bool, tmp_path: Path) -> None:
    made: list[MessageContent] = []
    for text in (text + end for text in TEXTS for end in ENDS):
        path = tmp_path / f"{len(made)}"
        path.write_bytes(text)
        message = EmailMessage()
        message.set_payload(text.decode())
        made += [Message(one, as_is=as_is) for one in (text, text.decode(), path, message)]
    with Pop3Server() as server:
        for each in made:
            server.add(each)
        with logged_in(server) as client:
            sizes = [int(line.split()[1]) for line in client.list()[1]]
            assert client.stat() == (len(made), sum(sizes))
        sent = [octets_of_retr(server, number) for number in range(1, len(made) + 1)]
        assert sizes == [len(octets) for octets in sent]
        assert [stored.bytes for stored in server.messages] == sent
    if not as_is:
        assert not any(re.search(rb"(?<!\r)\n", octets) for octets in sent)


@pytest.mark.parametrize("policy", [email.policy.compat32, email.policy.default])
def test_messages_of_the_standard_library(policy: email.policy.Policy) -> None:
    text = b"Subject: one\n\nFrom here\n.\n"
    message = email.message_from_bytes(text, policy=policy)
    assert there([message]) == [("1", b"Subject: one\r\n\r\nFrom here\r\n.\r\n")]
    assert there(message) == there([message])


def test_a_message_made_there() -> None:
    message = EmailMessage()
    message["Subject"] = "one"
    message.set_content("hello\n")
    ((_, octets),) = there(message)
    assert octets.startswith(b"Subject: one\r\n")
    assert octets.endswith(b"\r\n\r\nhello\r\n")
    assert octets.count(b"\n") == octets.count(b"\r\n")


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(b"b\n")
    (tmp_path / "a.eml").write_bytes(b"a\r\n")
    (tmp_path / ".hidden").write_bytes(b"no")
    assert there(tmp_path) == [("a.eml", b"a\r\n"), ("b.eml", b"b\r\n")]
    assert there([tmp_path / "b.eml"]) == [("1", b"b\r\n")]
    assert there(tmp_path / "b.eml") == [("1", b"b\r\n")]


def test_a_folder_stays_as_it_is_whatever_clients_delete(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"a\r\n")
    with Pop3Server(tmp_path) as server:
        assert fetch(server, delete=True) == [b"a\r\n"]
        assert server.deleted == ["one"]
    assert (tmp_path / "one").exists()


def test_unique_ids_of_ones_own() -> None:
    messages: list[MessageContent] = ["a", Message("b", uid="1"), Message(b"c", "x"), "d"]
    assert [uid for uid, _ in there(messages)] == ["2", "1", "x", "3"]
    with pytest.raises(ConfigError, match="user has a message with the unique-id '1' already"):
        there([*messages, Message("e", uid="1")])
    with pytest.raises(ConfigError, match="'a b' is not a unique-id"):
        there([Message("a", uid="a b")])
    assert there([Message("a", uid="x" * 70)])
    with pytest.raises(ConfigError, match="is not a unique-id"):
        there([Message("a", uid="x" * 71)])


def test_generated_ones() -> None:
    made = there(generate(20, size="1KiB..2KiB", seed=7))
    assert len(made) == len(dict(made)) == 20
    assert all(1024 <= len(octets) <= 2048 for _, octets in made)
    assert made == there(generate(20, size="1KiB..2KiB", seed="7"))
    assert made != there(generate(20, size="1KiB..2KiB", seed=8))
    assert made == there(generate(20, size="1KiB..2KiB"), seed=7)
    assert len(there(3)) == 3
    assert len(there([*["a"] * 2, generate(3)])) == 5
    with pytest.raises(ConfigError, match="is not a unit of size"):
        generate(1, size="2KB..3Kilo")


def test_generated_ones_differ_from_each_other() -> None:
    made = there([generate(2), "a", generate(2), generate(2, seed=7), generate(2, seed=7)])
    assert len({uid for uid, _ in made}) == len({octets for _, octets in made}) == 9
    assert made[:2] == there(2)
    assert made[5:7] == there(generate(2, seed=7))


def test_sizes_of_generated_ones_are_those_that_are_sent() -> None:
    with Pop3Server(generate(5, size="512B..200KiB")) as server:
        sizes = [stored.octets for stored in server.messages]
        assert [len(text) for text in fetch(server)] == sizes


def test_by_user() -> None:
    users = {"ann": "a", "bob": "b"}
    with Pop3Server({"bob": ["b"]}, users=users) as server:
        assert [(stored.user, stored.uid) for stored in server.messages] == [("bob", "1")]
        assert server.add("a") == "2"
        assert [(stored.user, stored.uid) for stored in server.messages] == [
            ("ann", "2"),
            ("bob", "1"),
        ]
        with pytest.raises(ConfigError, match="unknown user 'eve'; the users are ann, bob"):
            server.add("a", user="eve")
    with pytest.raises(ConfigError, match="messages for eve, who is not in users="):
        Pop3Server({"eve": ["b"]}, users=users)


@pytest.mark.parametrize("wrong", ["text", b"octets"])
def test_one_text_is_not_a_list_of_its_letters(wrong: Messages) -> None:
    with pytest.raises(TypeError, match="messages= is a list of messages"):
        Pop3Server(wrong)


def test_what_is_no_message_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"a message is bytes, str, .* not 3\.5"):
        Pop3Server([3.5])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="missing' can't be read: No such file"):
        Pop3Server([tmp_path / "missing"])


def test_a_message_that_another_program_removes_is_not_deleted_by_a_client() -> None:
    with Pop3Server(["a", "b"]) as server:
        server.remove("1")
        assert fetch(server) == [b"b\r\n"]
        assert server.deleted == []
        with pytest.raises(ConfigError, match="user has no message with the unique-id '1'"):
            server.remove("1")


def test_another_message_by_the_same_unique_id_is_not_that_of_an_open_session() -> None:
    with Pop3Server(["old"]) as server:
        with logged_in(server) as client:
            server.remove("1")
            server.add("another", uid="1")
            with pytest.raises(poplib.error_proto, match="the message is gone"):
                client.retr(1)
            client.dele(1)
        assert fetch(server) == [b"another\r\n"]
        assert server.deleted == []


@pytest.mark.parametrize("remove", [lambda server: server.remove("1"), Pop3Server.clear])
def test_a_message_that_was_removed_is_refused_though_it_was_fetched_before(
    remove: Callable[[Pop3Server], None],
) -> None:
    with Pop3Server(["one"]) as server:
        fetch(server)
        with logged_in(server) as client:
            client.retr(1)
            remove(server)
            with pytest.raises(poplib.error_proto, match="the message is gone"):
                client.retr(1)
            assert client.stat() == (1, 5)
