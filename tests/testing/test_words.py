"""Words that Pop3Server shares with the options of the command mean the same here."""

import poplib
import ssl
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import trustme

from pop3lab import Pop3Server, parse_rule
from pop3lab.config.options import TABLE
from pop3lab.rules.rule import Rule

# What is served and waited for is Python's; the command has an option for each kind of TLS.
ITS_OWN = {"messages", "tls", "auth", "claims", "limits", "timeout"}
OPTIONS = {"quirks": "quirk", "rules": "rule", "smtp": "smtp-port", "users": "user"}
OPTIONS |= {limit: f"limit-{limit}" for limit in ("idle", "busy", "handshake")}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PEM files: a certificate, its key, its CA, and a client's certificate by another CA."""
    folder = tmp_path_factory.mktemp("pem")
    server, clients = trustme.CA(), trustme.CA()
    server.cert_pem.write_to_path(str(folder / "ca.pem"))
    clients.cert_pem.write_to_path(str(folder / "clients.pem"))
    leaf = server.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / "cert.pem"))
    own = clients.issue_cert("user@example.org", common_name="user")
    own.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    return folder


def test_each_word_is_an_option() -> None:
    words = set(signature(Pop3Server).parameters) - ITS_OWN
    options = {OPTIONS.get(word, word).replace("_", "-") for word in words}
    assert options <= set(TABLE)


def test_rules_are_texts_or_values() -> None:
    rules: list[Rule | str] = [
        "NOOP nth=1 -> reply",
        parse_rule('STAT -> reply "+OK 7 7"'),
    ]
    with Pop3Server(1, rules=rules) as server:
        client = poplib.POP3(*server.address)
        client.user(server.user)
        client.pass_(server.password)
        with pytest.raises(poplib.error_proto):
            client.noop()
        client.noop()
        assert client.stat() == (7, 7)
        client.quit()
        server.verify()


def test_a_rule_that_never_takes_effect_is_reported() -> None:
    with Pop3Server(1, rules=["RETR 2 -> reply"]) as server:
        poplib.POP3(*server.address).quit()
        with pytest.raises(AssertionError, match="RETR 2 -> reply"):
            server.verify()


def test_a_certificate_of_ones_own(files: Path) -> None:
    cert, key = files / "cert.pem", files / "key.pem"
    with Pop3Server(1, tls="implicit", cert=cert, key=str(key)) as server:
        assert server.ca_file == str(cert)
        trusting = ssl.create_default_context(cafile=str(files / "ca.pem"))
        poplib.POP3_SSL(*server.address, context=trusting).quit()
        poplib.POP3_SSL(*server.address, context=server.client_context()).quit()


@pytest.mark.parametrize("own", [True, False], ids=["cert", "made"])
def test_client_certificates(files: Path, own: bool) -> None:
    pair: dict[str, Any] = {"cert": files / "cert.pem", "key": files / "key.pem"} if own else {}
    with Pop3Server(1, tls="implicit", client_ca=files / "clients.pem", **pair) as server:
        context = server.client_context()
        context.load_cert_chain(files / "client.pem")
        client = poplib.POP3_SSL(*server.address, context=context)
        assert "EXTERNAL" in client.capa()["SASL"]
        client.quit()


def test_anonymous_has_a_maildrop_of_its_own() -> None:
    messages = {"user": ["Subject: mine\n\n"], "guest": ["Subject: a\n\n", "Subject: b\n\n"]}
    with Pop3Server(messages, anonymous="guest") as server:
        client = poplib.POP3(*server.address)
        client._shortcmd("AUTH ANONYMOUS Z3Vlc3Q=")  # type: ignore[attr-defined]
        assert client.stat()[0] == 2
        client.quit()


def test_the_implementation_is_announced() -> None:
    with Pop3Server(implementation="Zimbra 8.8") as server:
        client = poplib.POP3(*server.address)
        assert client.capa()["IMPLEMENTATION"] == ["Zimbra", "8.8"]
        client.quit()
