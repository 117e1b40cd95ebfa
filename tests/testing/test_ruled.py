"""A server that goes wrong on request, before and while it runs."""

import gc
import poplib
import ssl

import pytest

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.faults import cut_after
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.testing.scopes import Scope
from tests.testing.clients import connected, fetch, logged_in

LONG = b"Subject: long\r\n\r\n" + b"0123456789012345678901234567890\r\n" * 100
BROKEN = (poplib.error_proto, ConnectionError, OSError)


def test_quirks_and_profiles() -> None:
    with Pop3Server(["one"], quirks=["minimal-commands", "autodelete"]) as server:
        with logged_in(server) as client:
            client.retr(1)
            with pytest.raises(poplib.error_proto):
                client.uidl()
        assert server.deleted == ["1"]
    with Pop3Server(["one"], profile="mail-box") as server, logged_in(server) as client:
        assert client.retr(1)[1] == [b"one", b""]


def test_a_quirk_may_be_a_rule_as_it_is_written() -> None:
    with Pop3Server(["one"], quirks=["STAT nth=1 -> reset"]) as server:
        assert broken(server)
        assert fetch(server) == [b"one\r\n"]


def broken(server: Pop3Server) -> bool:
    """Whether a client fails before it has everything."""
    client = connected(server)
    try:
        client.user("user")
        client.pass_("password")
        for number in range(1, client.stat()[0] + 1):
            client.retr(number)
        client.quit()
    except BROKEN:
        return True
    finally:
        client.close()
    return False


def test_a_fault_at_a_point() -> None:
    with Pop3Server(["one", LONG]) as server:
        active = server.when("RETR", 2, nth=1).do("cut-after 512 then reset")
        assert server.unused_rules() == [active]
        assert broken(server)
        session = server.wait_session()
        assert (session.end_reason, session.retrieved) == ("fault", ["1"])
        assert session.applied_rules == ["RETR 2 nth=1 -> cut-after 512 then reset"]
        assert fetch(server) == [b"one\r\n", LONG]
        assert server.wait_session().end_reason == "quit"
        assert (active.hits, server.unused_rules()) == (1, [])
        server.verify(violations=False)


def test_a_fault_from_python_and_so_often() -> None:
    with Pop3Server([LONG]) as server:
        active = server.when("RETR").do(cut_after(10, then="close"), times=2)
        assert [broken(server) for _ in range(3)] == [True, True, False]
        assert active.hits == 2


def test_a_fault_that_never_happened() -> None:
    with Pop3Server(["one"]) as server:
        server.when("RETR", 2).do("reset")
        fetch(server)
        with pytest.raises(AssertionError, match="this fault never happened: RETR 2 -> reset"):
            server.verify()
        server.verify(unused_rules=False)


def test_a_session_that_is_open_is_bent_too() -> None:
    with Pop3Server(["one"]) as server:
        client = connected(server)
        client.user("user")
        client.pass_("password")
        active = server.add_rule("NOOP -> reset")
        with pytest.raises(BROKEN):
            client.noop()
        client.close()
        assert active.hits == 1
        assert server.wait_session().end_reason == "fault"


def test_conditions_as_they_are_written() -> None:
    with Pop3Server(["one"]) as server:
        active = server.when("any", session=2).do("reset")
        assert server.rules.active == [active]
        assert str(active.rule) == "any session=2 -> reset"
        condition = server.when("retr", 2, nth="2..", tls=False, user="a b")
        assert str(condition) == 'RETR 2 nth=2.. not tls user="a b"'
        condition.do("delay 0")
        with pytest.raises(ConfigError, match="did you mean 'reset'"):
            server.when("RETR").do("resett")
        with pytest.raises(ConfigError, match="unknown condition, did you mean 'nth='"):
            server.when("RETR", nht=2).do("reset")


def test_chance_has_the_seed_of_the_server() -> None:
    def hits(seed: int) -> list[int]:
        with Pop3Server(seed=seed) as server:
            assert server.rules.seed == seed
            client = connected(server)
            client.user("user")
            client.pass_("password")
            active = server.when("NOOP", chance=0.5).do("delay 0")
            counts = []
            for _ in range(20):
                client.noop()
                counts.append(active.hits)
            client.quit()
            return counts

    assert hits(1) == hits(1) != hits(2)


def test_reset_leaves_the_rules_that_were_given_at_the_start() -> None:
    with Pop3Server(["one"], quirks=["STAT nth=1 -> reset"]) as server:
        server.when("RETR").do("reset")
        assert broken(server)
        server.reset()
        assert [str(active.rule) for active in server.rules.active] == ["STAT nth=1 -> reset"]
        assert broken(server)
        assert fetch(server) == [b"one\r\n"]


def test_certificates_that_a_client_must_refuse_are_of_the_same_authority() -> None:
    with Pop3Server(tls="implicit", quirks=["cert-expired"]) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
            connected(server)
        assert server.wait_session().end_reason == "tls_failed"


def test_a_rule_that_was_removed_is_in_force_no_more() -> None:
    with Pop3Server(["one"]) as server:
        active = server.add_rule("STAT -> reset")
        assert broken(server)
        server.remove_rule(active)
        server.remove_rule(active)
        assert fetch(server) == [b"one\r\n"]
        assert server.rules.active == []


def active_rules() -> int:
    gc.collect()
    return sum(isinstance(each, ActiveRule) for each in gc.get_objects())


def test_a_server_of_many_tests_forgets_their_rules() -> None:
    with Pop3Server(["one"]) as server:
        before = active_rules()
        for _ in range(20):
            scope = Scope()
            scope.open()
            with server.when("STAT").do("delay 0"):
                pass
            server.add_rule("NOOP -> delay 0")
            server.reset()
            scope.close()
            assert len(scope.end().unused_rules) == 2
        assert active_rules() == before


def test_a_rule_that_took_effect_is_forgotten_when_it_is_removed() -> None:
    with Pop3Server(["one"]) as server:
        before = active_rules()
        for number in range(3):
            with server.when("STAT").do("delay 0"):
                client = connected(server)
                client.user("user")
                client.pass_("password")
                client.stat()
                client.quit()
                server.wait(sessions=number + 1)
        assert active_rules() == before
        server.verify()
