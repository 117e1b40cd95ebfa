"""Real clients on their good days, in which nothing is found that a person would dispute."""

import poplib
import ssl
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.interop import test_curl, test_fetchmail, test_getmail, test_mpop, test_net_pop3
from tests.interop.client import MDA, configuration, run
from tests.interop_tls import test_curl as curl_tls
from tests.interop_tls import test_fetchmail as fetchmail_tls
from tests.interop_tls import test_getmail as getmail_tls
from tests.interop_tls import test_mail_transport
from tests.interop_tls import test_mpop as mpop_tls
from tests.interop_tls import test_net_pop3 as net_pop3_tls

from .served import MAIL, Judged, judged

pytestmark = pytest.mark.slow

COUNT = len(MAIL)
MAIL_BOX = Path(__file__).parent / "mail_box.pl"

Client = Callable[[Judged, Path], object]


# In clear, where the server has no TLS to offer


def curl(server: Judged, home: Path) -> None:
    test_curl.curl(server.ports.port, "", home)
    test_curl.curl(server.ports.port, f"[1-{COUNT}]", home, "--output", "m#1")
    test_curl.curl(server.ports.port, "1", home, "--request", "DELE", "--list-only")


def fetchmail(server: Judged, home: Path) -> None:
    assert len(test_fetchmail.fetch(server.ports.port, home, ())) == COUNT


def fetchmail_apop(server: Judged, home: Path) -> None:
    assert len(test_fetchmail.fetch(server.ports.port, home, ("apoponly",))) == COUNT


def fetchmail_keeps(server: Judged, home: Path) -> None:
    """Two runs that keep all, with new mail in between, then one that deletes all."""
    text = test_fetchmail.FETCHMAILRC.replace("set invisible", f'set idfile "{home}/ids"\n#')
    text = text.format(
        home=home, port=server.ports.port, protocol="POP3", uidl="uidl", mda=MDA
    ).replace("fetchall no keep", "keep")
    (home / "out").mkdir()
    for keep in ("keep", "keep", "fetchall no keep"):
        rc = configuration(home / "rc", text.replace("  keep", f"  {keep}"))
        run(["fetchmail", "--fetchmailrc", str(rc)], home)
        server.deliver("user")


def mpop(server: Judged, home: Path) -> None:
    test_mpop.fetch(server.ports.port, home, ("apoponly",), test_mpop.MAILDIR.method)


def mpop_keeps(server: Judged, home: Path) -> None:
    """By the way to log in that it takes of itself; what it keeps, it deletes later unread."""
    test_text = test_mpop.MPOPRC.replace("auth {auth}\n", "auth on\n")
    (home / "out").mkdir()
    for keep in ("on", "on", "off"):
        text = test_text.format(
            port=server.ports.port, uidls=home / "uidls", delivery="exchange out"
        )
        rc = configuration(home / "rc", f"{text}keep {keep}\n")
        run(["mpop", "--quiet", "--file", str(rc)], home)
        server.deliver("user")


def getmail(server: Judged, home: Path) -> None:
    assert len(test_getmail.fetch(server.ports.port, home, ())) == COUNT


def getmail_apop(server: Judged, home: Path) -> None:
    assert len(test_getmail.fetch(server.ports.port, home, ("apoponly",))) == COUNT


def getmail_keeps(server: Judged, home: Path) -> None:
    text = test_getmail.GETMAILRC.format(
        retriever="SimplePOP3Retriever",
        port=server.ports.port,
        apop=False,
        mda=MDA,
        out=home / "out",
    )
    (home / "out").mkdir()
    for delete in ("false", "false", "true"):
        kept = text.replace("delete = true", f"delete = {delete}\nread_all = false")
        configuration(home / "getmailrc", kept)
        run(["getmail", "--getmaildir", str(home)], home)
        server.deliver("user")


def net_pop3(server: Judged, home: Path) -> None:
    (home / "out").mkdir()
    words = ["perl", str(test_net_pop3.SCRIPT), str(server.ports.port)]
    run([*words, "login", "out"], home)
    server.deliver("user")
    run([*words, "apop", "out"], home)


def mail_box(server: Judged, home: Path) -> None:
    run(["perl", str(MAIL_BOX), str(server.ports.port)], home)
    run(["perl", str(MAIL_BOX), str(server.ports.port)], home)


def fetch_all(client: poplib.POP3, user: str, password: str) -> None:
    """What Python's manual shows, and the other commands that poplib has."""
    client.user(user)
    client.pass_(password)
    count, _ = client.stat()
    client.list()
    client.uidl()
    for number in range(1, count + 1):
        client.list(number)
        client.top(number, 0)
        client.retr(number)
        client.dele(number)
    client.rset()
    client.noop()
    client.dele(1)
    client.quit()


def with_poplib(server: Judged, home: Path) -> None:
    with closing(poplib.POP3("127.0.0.1", server.ports.port, timeout=20)) as client:
        fetch_all(client, "user", "password")
    with closing(poplib.POP3("127.0.0.1", server.ports.port, timeout=20)) as client:
        client.apop("user", "password")
        client.quit()


IN_CLEAR: list[Client] = [
    curl,
    fetchmail,
    fetchmail_apop,
    fetchmail_keeps,
    mpop,
    mpop_keeps,
    getmail,
    getmail_apop,
    getmail_keeps,
    net_pop3,
    mail_box,
    with_poplib,
]


@pytest.mark.parametrize("client", IN_CLEAR)
def test_in_clear(client: Client, tmp_path: Path) -> None:
    with judged(tmp_path) as server:
        client(server, tmp_path)
    assert server.found() == BREACHES.get(client, [])


# With TLS, by STLS and from the first octet


def curl_stls(server: Judged, home: Path) -> None:
    words = curl_tls.words(server.secured, "pop3", f"[1-{COUNT}]", "--output", "m#1")
    run(words, home)
    run(curl_tls.words(server.secured, "pop3s", "1", *DELETE), home)


DELETE = ("--request", "DELE", "--list-only")


def curl_sasl(server: Judged, home: Path) -> None:
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        options = ("--login-options", f"AUTH={mechanism}", "--sasl-ir", "--output", "m#1")
        run(curl_tls.words(server.secured, "pop3", f"[1-{COUNT}]", *options), home)


def fetchmail_stls(server: Judged, home: Path) -> None:
    assert len(fetchmail_tls.fetch(server.secured, home, "POP3", "", "TLS1.2+")) == COUNT


def fetchmail_ssl(server: Judged, home: Path) -> None:
    assert len(fetchmail_tls.fetch(server.secured, home, "POP3", "ssl", "TLS1.3")) == COUNT


def mpop_stls(server: Judged, home: Path) -> None:
    run(mpop_tls.configured(server.secured, home, "on", "secret", "on"), home)
    assert len(mpop_tls.delivered(home)) == COUNT


def mpop_ssl(server: Judged, home: Path) -> None:
    run(mpop_tls.configured(server.secured, home, "scram-sha-256", "secret", "off"), home)


def getmail_ssl(server: Judged, home: Path) -> None:
    assert len(getmail_tls.fetch(server.secured, home, apop=False)) == COUNT


def net_pop3_stls(server: Judged, home: Path) -> None:
    (home / "out").mkdir()
    script, ca = str(net_pop3_tls.SCRIPT), str(server.ca)
    run(["perl", script, str(server.ports.port), ca, "stls", "login", "out"], home)


def mail_transport_ssl(server: Judged, home: Path) -> None:
    (home / "out").mkdir()
    perl = ["env", f"SSL_CERT_FILE={server.ca}", "perl", str(test_mail_transport.SCRIPT)]
    run([*perl, str(server.ports.tls_port), "AUTO", "out"], home)


def poplib_ssl(server: Judged, home: Path) -> None:
    trust = ssl.create_default_context(cafile=server.ca)
    port = server.ports.tls_port
    with closing(poplib.POP3_SSL("localhost", port, context=trust, timeout=20)) as client:
        fetch_all(client, "ann", "secret")


def poplib_stls(server: Judged, home: Path) -> None:
    trust = ssl.create_default_context(cafile=server.ca)
    with closing(poplib.POP3("localhost", server.ports.port, timeout=20)) as client:
        client.stls(context=trust)
        fetch_all(client, "ann", "secret")


def poplib_stls_and_capa(server: Judged, home: Path) -> None:
    trust = ssl.create_default_context(cafile=server.ca)
    with closing(poplib.POP3("localhost", server.ports.port, timeout=20)) as client:
        client.stls(context=trust)
        client.capa()
        fetch_all(client, "ann", "secret")


WITH_TLS: list[Client] = [
    curl_stls,
    curl_sasl,
    fetchmail_stls,
    fetchmail_ssl,
    mpop_stls,
    mpop_ssl,
    getmail_ssl,
    net_pop3_stls,
    mail_transport_ssl,
    poplib_ssl,
    poplib_stls,
    poplib_stls_and_capa,
]


@pytest.mark.parametrize("client", WITH_TLS)
def test_with_tls(client: Client, tmp_path: Path) -> None:
    with judged(tmp_path, tls=True) as server:
        client(server, tmp_path)
    assert server.found() == BREACHES.get(client, [])


# What they break on such days, too.
# A folder of Mail::Box is read anew each time that it is opened, and knows nothing of before.
# "fetchall" has fetchmail fetch, in the last run, what it knows to have fetched.
#
# poplib asks CAPA within stls(), for it wants to see STLS there, and not again under TLS: RFC 2595
# section 4 says in so many words that a client SHOULD. Who calls capa() himself is not accused.
BREACHES: dict[Client, list[tuple[str, str]]] = {
    fetchmail_keeps: [("fetched-again", f"C: RETR {n}") for n in range(1, 2 * COUNT + 1)],
    mail_box: [("fetched-again", "C: RETR 1")],
    poplib_stls: [("no-capa-after-stls", "C: USER ann")],
}
