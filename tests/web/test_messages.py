"""Messages over HTTP."""

import httpx
import pytest

from pop3lab import Pop3Server
from tests.web.conftest import MESSAGES

RFC822 = {"content-type": "message/rfc822"}


def test_messages_are_listed_and_shown(server: Pop3Server, api: httpx.Client) -> None:
    listed = api.get("messages").json()
    assert listed["user"] == "user"
    assert [(each["number"], each["uid"]) for each in listed["messages"]] == [(1, "1"), (2, "2")]
    assert listed["messages"][0]["octets"] == len(MESSAGES[0])
    shown = api.get("messages/1").json()
    assert shown["fields"] == [{"name": "Subject", "value": "one"}]
    raw = api.get("messages/2/raw")
    assert raw.content == MESSAGES[1]
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-disposition"].startswith("attachment")
    assert api.get("messages/2/wire").content == MESSAGES[1].replace(b".dot", b"..dot") + b".\r\n"


def test_a_message_is_added_and_removed(server: Pop3Server, api: httpx.Client) -> None:
    added = api.post("messages", content=b"Subject: three\n\nthird\n", headers=RFC822)
    assert added.status_code == 201
    assert added.json() == {"user": "user", "uids": ["3"]}
    assert [one.uid for one in server.messages] == ["1", "2", "3"]
    assert api.get("messages/3/raw").content == b"Subject: three\r\n\r\nthird\r\n"
    assert api.delete("messages/2").status_code == 204
    missing = api.delete("messages/2")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "user has no message with the unique-id '2'"
    assert api.get("messages/2/raw").status_code == 404
    assert api.delete("messages").status_code == 204
    assert server.messages == []


def test_messages_are_generated(server: Pop3Server, api: httpx.Client) -> None:
    asked = {"generate": {"count": 3, "size": "1KiB", "seed": 1}}
    uids = api.post("messages", json=asked).json()["uids"]
    assert uids == ["3", "4", "5"]
    first = api.get("messages/3/raw").content
    assert len(first) == 1024
    server.reset()
    api.post("messages", json=asked)
    assert api.get("messages/3/raw").content == first


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, 'send message/rfc822, or JSON: write {"generate": {'),
        ({"generate": {"cuont": 3}}, "send message/rfc822, or JSON: "),
        ({"generate": {"count": 10_001}}, "count=10001: generate at most 10000 messages"),
        ({"generate": {"size": "10XB"}}, "'XB' in '10XB' is not a unit of size"),
        ({"generate": {"count": 1_100, "size": "1MiB"}}, "size=1MiB: generate at most"),
    ],
)
def test_what_can_not_be_generated(api: httpx.Client, body: object, detail: str) -> None:
    answer = api.post("messages", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_a_user_who_is_not_known(api: httpx.Client) -> None:
    answer = api.post("messages?user=bob", content=b"x", headers=RFC822)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "unknown user 'bob'; the users are user"


def test_users_and_tokens(server: Pop3Server, api: httpx.Client) -> None:
    assert api.post("users", json={"user": "ann", "password": "secr3t"}).status_code == 201
    assert api.get("users").json() == {"users": ["user", "ann"]}
    assert api.put("users/ann", json={"password": "n3w"}).status_code == 204
    assert api.put("users/bob", json={"password": "n3w"}).status_code == 422
    assert api.post("messages?user=ann", content=b"x", headers=RFC822).status_code == 201
    assert [one.user for one in server.messages] == ["user", "user", "ann"]
    assert api.delete("users/bob").status_code == 422
    assert api.post("users", json={"user": "joe", "password": "secr3t"}).status_code == 201
    assert api.delete("users/joe").status_code == 204
    assert api.get("users").json() == {"users": ["user", "ann"]}
    assert api.post("tokens", json={"token": "T1", "user": "ann"}).status_code == 201
    assert api.post("tokens/expire", json={"token": "T1"}).status_code == 204
    assert api.post("tokens/expire", json={"token": "T2"}).status_code == 422
