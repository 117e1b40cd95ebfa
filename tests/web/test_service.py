"""Outages, counters and waiting over HTTP."""

import poplib
import socket

import httpx
import pytest

from pop3lab import Pop3Server
from pop3lab.control.commands import CONTROL_COMMANDS
from pop3lab.web.operations import OPERATIONS
from tests.web.test_sessions import fetch

# What has no request of its own, and what does the same.
_ELSEWHERE = {"help": "/openapi.json"}


def test_http_can_do_all_that_control_can() -> None:
    there = {operation.control for operation in OPERATIONS if operation.control}
    assert there | _ELSEWHERE.keys() == CONTROL_COMMANDS.keys()


def test_counters_are_shown_and_reset(server: Pop3Server, api: httpx.Client) -> None:
    fetch(server, 1)
    stats = api.get("stats").json()
    assert (stats["sessions"], stats["retrieved"], stats["verbs"]["RETR"]) == (1, 1, 1)
    api.post("messages", content=b"x", headers={"content-type": "message/rfc822"})
    assert api.post("reset").status_code == 204
    assert api.get("stats").json()["sessions"] == 0
    assert len(api.get("messages").json()["messages"]) == 2
    assert api.get("sessions").json()["sessions"] == []


def test_a_wait_returns_when_the_numbers_are_reached(server: Pop3Server, api: httpx.Client) -> None:
    fetch(server, 1)
    assert api.post("wait", json={"sessions": 1, "RETR": 1}).json()["retrieved"] == 1
    answer = api.post("wait", json={"sessions": 2, "RETR": 1, "timeout": 0.05})
    assert answer.status_code == 408
    assert answer.json()["misses"] == ["1 of 2 sessions"]
    assert answer.json()["detail"].startswith("timeout: there is sessions=1 logins=1")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "nothing to wait for: "),
        ({"sesions": 1}, "unknown counter 'sesions', did you mean 'sessions'?"),
        ({"sessions": True}, "sessions needs a number, 0 or more, not true"),
        ({"sessions": -1}, "sessions= needs a number, 0 or more, not '-1'"),
    ],
)
def test_what_can_not_be_waited_for(api: httpx.Client, body: object, detail: str) -> None:
    answer = api.post("wait", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_outages(server: Pop3Server, api: httpx.Client) -> None:
    assert api.get("readyz").text == "ok\n"
    assert api.post("refuse").json() == {"state": "refusing"}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.address)
    assert api.get("readyz").json()["detail"] == "the server is refusing"
    assert api.post("pause").json() == {"state": "paused"}
    assert api.get("about").json()["state"] == "paused"
    assert api.post("resume").json() == {"state": "serving"}
    fetch(server)


def test_a_session_is_cut(server: Pop3Server, api: httpx.Client) -> None:
    client = poplib.POP3(server.host, server.port)
    assert api.delete("sessions/1?how=reset").status_code == 204
    with pytest.raises(ConnectionResetError):
        client.noop()
    client.close()
    server.wait_session()
    assert api.delete("sessions/1").json()["detail"] == "no session 1 is open"
    assert api.delete("sessions/1?how=rst").json()["detail"] == "how='rst': write close or reset"


def test_a_server_of_a_test_is_stopped_by_the_test(api: httpx.Client) -> None:
    answer = api.post("quit")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "the test that has started this server stops it"
