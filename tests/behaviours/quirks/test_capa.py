"""CAPA, octet by octet; the list itself is the server's own but for what a row changes."""

from pathlib import Path

import pytest

from pop3lab.core.actions import Part, Pause, Send
from pop3lab.core.session import Session
from tests.behaviours.ruled import LOGIN, TLS, line, ruled, rules, secured, serving
from tests.dialogue import done, fed, logged_in, play, sent
from tests.wording import UNKNOWN


def listed(asked: Session) -> list[str]:
    """The lines between the status line and the dot."""
    octets = sent(fed(asked, b"CAPA\r\n"))
    assert octets.startswith(b"+OK")
    assert octets.endswith(b"\r\n.\r\n")
    return octets.decode("latin-1").split("\r\n")[1:-2]


def without(own: list[str], *lines: str) -> list[str]:
    return [each for each in own if each not in lines]


@pytest.fixture
def own() -> list[str]:
    return listed(ruled())


def test_capa_unsupported() -> None:
    play(
        ruled("capa-unsupported"),
        f"C: CAPA\nS: {UNKNOWN}" + LOGIN + f"C: CAPA\nS: {UNKNOWN}",
    )


def test_capa_unsupported_leaves_no_response_codes() -> None:
    play(
        ruled("capa-unsupported"),
        "C: USER ann\nS: +OK ...\nC: PASS wrong\nS: -ERR login failed",
    )


def test_capa_kills_connection() -> None:
    play(ruled("capa-kills-connection"), "C: CAPA\n(close)")
    play(ruled("capa-kills-connection reply=yes"), "C: CAPA\nS: -ERR ...\n(close)")


def test_capa_kills_connection_after_login() -> None:
    killing = ruled("capa-kills-connection after-login=yes")
    assert listed(killing)
    play(killing, LOGIN + "C: CAPA\n(close)")


def test_capa_understates(own: list[str]) -> None:
    hiding = ruled("capa-understates")
    assert listed(hiding) == without(own, "UIDL")
    play(hiding, LOGIN + "C: UIDL 1\nS: +OK 1 1")


def test_capa_understates_what_it_is_told(own: list[str]) -> None:
    sasl = next(each for each in own if each.startswith("SASL"))
    found = listed(ruled("capa-understates TOP,user,plain,LOGIN"))
    assert found == [each.replace(" PLAIN LOGIN", "") for each in without(own, "TOP", "USER")]
    assert sasl.removesuffix(" PLAIN LOGIN") in found
    assert listed(ruled("capa-understates SASL")) == without(own, sasl)
    assert listed(ruled('capa-understates ""')) == own


def test_capa_understates_the_last_mechanism(own: list[str]) -> None:
    names = next(each for each in own if each.startswith("SASL ")).split(" ")[1:]
    found = listed(ruled(f"capa-understates {','.join(names)}"))
    assert not [each for each in found if each.startswith("SASL")]


def test_capa_overstates(own: list[str]) -> None:
    lying = ruled("capa-overstates")
    assert listed(lying) == own, "it is there already"
    play(lying, LOGIN + "C: UIDL\nS: -ERR ...\nC: UIDL 1\nS: -ERR ...")


def test_capa_overstates_what_it_is_told(own: list[str]) -> None:
    lying = ruled('capa-overstates "LOGIN-DELAY 900"')
    assert listed(lying) == [*own, "LOGIN-DELAY 900"]
    play(lying, LOGIN)
    lying = ruled("capa-overstates STLS text=no")
    assert listed(lying) == [*own, "STLS"]
    play(lying, "C: STLS\nS: -ERR no")
    play(ruled("capa-overstates USER"), "C: USER ann\nS: -ERR ...")


def test_capa_empty() -> None:
    play(ruled("capa-empty"), "C| CAPA\\r\\n\nS: +OK\nS: .")


def test_capa_empty_lines(own: list[str]) -> None:
    assert listed(ruled("capa-empty blank")) == [each for one in own for each in ("", one)]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("words", ["RESP_CODES", "LAST", "XOIP", "X-GOOGLE-RICO", "PIPELINE", "CELERITY"]),
        ("expire", ["EXPIRE 31 USER"]),
        ("bare-sasl", ["SASL"]),
        ("tabs", ["LOGIN-DELAY\t0", "SASL\tPLAIN"]),
        ("lower", ["top", "uidl", "sasl plain"]),
        ("twice", ["SASL PLAIN", "SASL LOGIN", "UIDL"]),
        ("dot", ["..foo", ".."]),
        ("8-bit", ["IMPLEMENTATION Se\xf1or", "IMPLEMENTATION \xff\xfe"]),
        ("many", [f"X-MANY-{number}" for number in range(1000)]),
    ],
)
def test_capa_odd_lines(own: list[str], kind: str, lines: list[str]) -> None:
    assert listed(ruled(f"capa-odd-lines {kind}")) == [*own, *lines]


def test_capa_odd_lines_of_all_kinds(own: list[str]) -> None:
    found = listed(ruled("capa-odd-lines"))
    assert len(found) == len(own) + 1020
    assert {"RESP_CODES", "SASL", "..foo", "X-MANY-999"} < set(found)


def test_capa_changes() -> None:
    changing = ruled("capa-changes", capabilities=TLS)
    before = listed(changing)
    assert not {"UIDL", "PIPELINING"} & set(before)
    assert {"STLS", "TOP", "USER"} < set(before)
    play(changing, LOGIN)
    after = listed(changing)
    assert {"UIDL", "PIPELINING", "TOP"} < set(after)
    assert "USER" not in after
    assert not [each for each in after if each.startswith("SASL")]


def test_capa_changes_under_tls() -> None:
    rule = "capa-changes before=SASL tls=TOP after=UIDL"
    assert not [each for each in listed(ruled(rule)) if each.startswith("SASL")]
    under_tls = listed(secured(rule))
    assert "TOP" not in under_tls
    assert [each for each in under_tls if each.startswith("SASL")]
    assert "UIDL" in under_tls
    after = listed(logged_in(hooks=rules(rule)))
    assert "UIDL" not in after
    assert "TOP" in after


def test_capa_split() -> None:
    actions = done(fed(ruled("capa-split seconds=3"), b"CAPA\r\n"))
    assert actions[-2:] == [Pause(3.0), Send(b".\r\n", Part.END)]
    assert sent(actions) == sent(fed(ruled(), b"CAPA\r\n"))


def test_capa_split_in_two_packets(tmp_path: Path) -> None:
    with serving(tmp_path, "capa-split seconds=0.05") as server, server.connect() as client:
        line(client)
        client.sendall(b"CAPA\r\n")
        first = client.recv(65_536)
        assert first.endswith(b"LANG\r\n")
        assert client.recv(65_536) == b".\r\n"
