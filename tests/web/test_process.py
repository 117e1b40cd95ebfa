"""The page and API of `pop3lab serve`: by the functions of --control, in the loop that serves."""

import json
import poplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from tests.forked import Forked
from tests.web.described import check_answer

RFC822 = {"content-type": "message/rfc822"}


@contextmanager
def serving(*words: str) -> Iterator[tuple[httpx.Client, int, Forked]]:
    """A process: a client of its API, and its port for POP3."""
    options = ["--user", "ann:secr3t", "--port", "0", "--web", "0", "--ready", "json"]
    with Forked(["serve", *words, *options], stderr=PIPE) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        hooks = {"response": [check_answer]}
        url, _, token = ready["web"].partition("#")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(
            base_url=f"{url}api/v1/", event_hooks=hooks, headers=headers, verify=False
        ) as api:
            yield api, ready["pop3"], process
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode == 0


def login(port: int) -> poplib.POP3:
    client = poplib.POP3("127.0.0.1", port)
    client.user("ann")
    client.pass_("secr3t")
    return client


def test_messages_of_a_folder_outages_and_the_end(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"Subject: one\n\n.first\n")
    with serving(str(tmp_path), "--allow-oauth-in-clear") as (api, port, process):
        [first] = api.get("messages").json()["messages"]
        assert (first["uid"], first["octets"]) == ("1", 24)
        assert api.get("messages/1/wire").content == b"Subject: one\r\n\r\n..first\r\n.\r\n"
        added = api.post("messages", content=b"Subject: two\n\n", headers=RFC822)
        assert added.status_code == 201
        uids = [each["uid"] for each in api.get("messages").json()["messages"]]
        assert uids == ["1", *added.json()["uids"]]

        client = login(port)
        assert client.stat()[0] == 2
        busy = api.get("messages/1/raw")
        assert busy.status_code == 409
        assert busy.json()["detail"] == "maildrop is in use by another session"
        assert len(api.get("messages").json()["messages"]) == 2
        assert api.delete("sessions/1?how=reset").status_code == 204
        client.close()
        assert api.post("wait", json={"sessions": 1}).status_code == 200

        assert api.post("refuse").json() == {"state": "refusing"}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        assert api.post("pause").json() == {"state": "paused"}
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            assert api.post("resume").json() == {"state": "serving"}
            assert waiting.recv(512).startswith(b"+OK")
        assert api.delete("messages/1").status_code == 204
        assert not (tmp_path / "1").exists()
        for user in ("ann", "bob", "eve"):
            given = {"user": user, "password": "x"}
            assert api.post("users", json=given).status_code == (422 if user == "ann" else 201)
        assert api.get("users").json() == {"users": ["ann", "bob", "eve"]}
        token = {"token": "t-1", "user": "bob,eve"}
        assert api.post("tokens", json=token).status_code == 201
        bob = poplib.POP3("127.0.0.1", port)
        bob.user("bob")
        assert bob.pass_("x").startswith(b"+OK")
        bob.quit()
        assert api.delete("users/bob").status_code == 422  # the token would still let him in
        assert api.delete("users/ann").status_code == 204
        about = api.get("about").json()
        assert (about["user"], about["users"], about["password"]) == ("bob", ["bob", "eve"], None)
        assert api.post("quit").status_code == 202
        process.wait(timeout=10)


def test_messages_in_memory(tmp_path: Path) -> None:
    with serving("memory:", "--quirk", "uidl-unsupported") as (api, port, _):
        assert api.post("messages", content=b"Subject: one\n\n", headers=RFC822).json() == {
            "user": "ann",
            "uids": ["1"],
        }
        stranger = api.post("messages?user=bob", content=b"Subject: x\n\n", headers=RFC822)
        assert stranger.status_code == 422
        assert stranger.json()["detail"] == "there is no user 'bob'; the users are ann"
        assert api.get("messages?user=bob").status_code == 422
        mbox = b"From a b\nSubject: one\n\nx\n\nFrom a Mon Jan  1 00:00:00 2024\nSubject: two\n\n"
        assert api.post("messages", content=mbox * 2, headers=RFC822).status_code in (201, 422)
        assert api.put("rules", json={"rules": ["top-unsupported"]}).status_code == 200
        client = login(port)
        with pytest.raises(poplib.error_proto):
            client.top(1, 0)
        client.quit()
        assert api.post("reset").status_code == 204
        rules = [rule["rule"] for rule in api.get("rules").json()["rules"]]
        assert rules == ["uidl-unsupported"]


def test_generated_messages_can_not_be_added_to() -> None:
    with serving("gen:1?messages=2") as (api, _, _):
        answer = api.post("messages", content=b"Subject: one\n\n", headers=RFC822)
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("this server's messages are made up")
