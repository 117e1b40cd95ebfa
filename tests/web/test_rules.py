"""Rules over HTTP."""

import poplib

import httpx
import pytest

from pop3lab import Pop3Server

CUT = "RETR 1 times=1 -> cut-after 5 then reset"


def test_a_rule_is_added_takes_effect_and_is_removed(server: Pop3Server, api: httpx.Client) -> None:
    added = api.post("rules", json={"rule": CUT})
    assert added.status_code == 201
    assert added.headers["location"] == f"/api/v1/rules/{added.json()['id']}"
    client = poplib.POP3(server.host, server.port)
    client.user("user")
    client.pass_("password")
    with pytest.raises(ConnectionResetError):
        client.retr(1)
    client.close()
    place = f"rules/{added.json()['id']}"
    assert api.get(place).json()["hits"] == 1
    assert api.delete(place).json()["hits"] == 1
    assert api.get(place).json()["detail"] == f"no rule in force has the id {added.json()['id']}"
    assert api.get("rules").json()["rules"] == []
    assert server.rules.active == []


def test_a_mistake_in_a_rule_is_told_in_a_sentence(server: Pop3Server, api: httpx.Client) -> None:
    answer = api.post("rules", json={"rule": "RETR 1 -> cut-aftr 5"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "did you mean 'cut-after'?" in answer.json()["detail"]
    checked = api.post("rules/check", json={"rule": "RETR 1 -> cut-aftr 5"}).json()
    assert (checked["valid"], checked["detail"]) == (False, answer.json()["detail"])
    checked = api.post("rules/check", json={"rule": "RETR 1  ->  cut-after 5"}).json()
    assert (checked["valid"], checked["rule"]) == (True, "RETR 1 -> cut-after 5")
    assert server.rules.active == []


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 400, "the body is not JSON: "),
        (b"[]", 400, "the body is not a JSON object: write {...}"),
        (b"{}", 422, "the body has no text 'rule': write "),
        (b"[" * 100_000, 400, "the body is not JSON: "),
        (rb'{"rule": "\ud800"}', 400, "the body is not JSON: "),
        (b" " * 1_048_577, 413, "the body is too long: give at most 1048576 octets"),
    ],
)
def test_a_body_that_is_no_rule(api: httpx.Client, body: bytes, status: int, detail: str) -> None:
    answer = api.post("rules", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


def test_all_rules_are_replaced_or_none(server: Pop3Server, api: httpx.Client) -> None:
    api.post("rules", json={"rule": CUT})
    number = api.get("rules").json()["rules"][0]["id"]
    both = {"rules": [CUT, "uidl-unsupported"]}
    for _ in range(2):
        rules = api.put("rules", json=both).json()["rules"]
        assert [rule["rule"] for rule in rules] == both["rules"]
        assert rules[0]["id"] == number
    refused = api.put("rules", json={"rules": ["top-unsupported", "nothing"]})
    assert refused.status_code == 422
    assert [rule["rule"] for rule in api.get("rules").json()["rules"]] == both["rules"]
    assert api.put("rules", json={"rules": CUT}).status_code == 422
    assert api.delete("rules").status_code == 204
    assert server.rules.active == []
