"""Live events over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from pop3lab import Pop3Server
from tests.web.described import events_in
from tests.web.test_sessions import fetch

Told = tuple[int, str, dict[str, Any]]


@contextmanager
def events(server: Pop3Server, query: str = "", **headers: str) -> Iterator[Iterator[Told]]:
    """The events of a stream that stands."""
    url = f"{server.web_url}api/v1/events?{query}"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.stream("GET", url, headers=names, timeout=10, verify=False) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        yield events_in(lines)


def until(told: Iterator[Told], kind: str) -> list[Told]:
    found = []
    for event in told:
        found.append(event)
        if event[1] == kind:
            return found
    raise AssertionError(f"no {kind} came: {found}")


def test_a_session_is_told_line_by_line(server: Pop3Server, api: httpx.Client) -> None:
    with events(server) as stream:
        fetch(server, 1)
        told = until(stream, "ended")
    numbers = [number for number, _, _ in told]
    assert numbers == [*range(numbers[0], numbers[0] + len(told))]
    lines = [data for _, kind, data in told if kind == "line"]
    accept = {"accept": "application/json"}
    assert api.get("sessions/1/transcript", headers=accept).json()["lines"] == lines
    assert "PASS ****" in [line["text"] for line in lines]
    assert told[0][1] == "opened"
    assert told[-1][2].items() <= api.get("sessions/1").json().items()


def test_rules_and_violations_are_told_at_their_lines(
    server: Pop3Server, api: httpx.Client
) -> None:
    with events(server, "kinds=rules,applied,violation") as stream:
        api.post("rules", json={"rule": "RETR 1 -> cut-after 5 then reset"})
        [(_, _, rules)] = until(stream, "rules")
        assert [rule["rule"] for rule in rules["rules"]] == ["RETR 1 -> cut-after 5 then reset"]
        with server_connection(server) as client:
            client.sendall(b"USER user\r\nPASS password\r\nRETR 1\r\n")
            found = until(stream, "applied")
    assert found[-1][2]["rule"] == "RETR 1 -> cut-after 5 then reset"
    lines = api.get("sessions/1/transcript", headers={"accept": "application/json"}).json()["lines"]
    for _, kind, data in found:
        text = lines[data["line"] - 1]["text"]
        assert text.startswith("rule: " if kind == "applied" else "violation ")


def test_rules_are_told_whoever_changes_them(server: Pop3Server) -> None:
    with events(server, "kinds=rules") as stream:
        active = server.add_rule("RETR -> reset")
        [(_, _, added)] = until(stream, "rules")
        assert [rule["rule"] for rule in added["rules"]] == ["RETR -> reset"]
        server.remove_rule(active)
        [(_, _, removed)] = until(stream, "rules")
        assert removed["rules"] == []


@contextmanager
def server_connection(server: Pop3Server) -> Iterator[Any]:
    import socket

    with socket.create_connection(server.address) as client:
        client.recv(512)
        yield client


def test_who_comes_back_gets_what_was_missed(server: Pop3Server) -> None:
    with events(server) as stream:
        fetch(server)
        told = until(stream, "ended")
    with events(server, last_event_id=str(told[3][0])) as stream:
        again = until(stream, "ended")
    assert again == told[4:]
    with events(server, f"after={told[3][0]}&session=1") as stream:
        assert until(stream, "ended") == again
    with events(server, last_event_id="999999999") as stream:
        assert next(stream) == (0, "gap", {"events": None})


def test_only_one_session_is_told(server: Pop3Server) -> None:
    with events(server, "session=2&kinds=opened,ended") as stream:
        fetch(server)
        fetch(server)
        found = until(stream, "ended")
    assert [data.get("session", data.get("number")) for _, _, data in found] == [2, 2]
