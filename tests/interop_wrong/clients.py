"""The clients, told to fetch all messages and to delete them, and how long to wait."""

from pathlib import Path

from pop3lab import Pop3Server
from tests.interop.client import MDA, configuration

from .running import Ran, run
from .seeing import Client

# curl


def curl(path: str, *options: str) -> Client:
    """path: of the URL: a number or [1-3]. It deletes nothing."""

    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        words = ["--max-time", f"{limit}", "--user", f"{server.user}:{server.password}", *options]
        out = ["--output", "out/#1", f"{server.url}/{path}"]
        return run(server, home, ["curl", "-sS", *words, *out], limit)

    return client


# fetchmail

FETCHMAILRC = """\
set invisible  # no Received line
set no bouncemail
set pidfile "{home}/pid"
set idfile "{home}/ids"
poll localhost port {server.port} protocol {protocol} uidl timeout {limit} bad-header accept
  user {server.user} password {server.password}
  {what} no rewrite no mimedecode no dropstatus no dropdelivered stripcr no forcecr
  {tls} sslcertck sslcertfile "{server.ca_file}"
  mda "sh '{mda}' out"
"""
IN_CLEAR = 'sslproto ""'


def fetchmail_as(
    *, protocol: str = "POP3", tls: str = IN_CLEAR, what: str = "fetchall no keep"
) -> Client:
    """tls, what: as in its configuration."""

    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        text = FETCHMAILRC.format(
            home=home, server=server, limit=limit, protocol=protocol, what=what, tls=tls, mda=MDA
        )
        path = configuration(home / "rc", text)
        return run(server, home, ["fetchmail", "--fetchmailrc", str(path)], limit)

    return client


fetchmail = fetchmail_as()
fetchmail_keeping = fetchmail_as(what="no fetchall keep")
fetchmail_stls = fetchmail_as(tls='sslproto "TLS1.2+"')
fetchmail_tls = fetchmail_as(tls='ssl sslproto "TLS1.2+"')

# mpop

MPOPRC = """\
account default
host localhost
port {server.port}
user {server.user}
password {server.password}
auth {auth}
timeout {limit}
{tls}
tls_trust_file {server.ca_file}
keep {keep}
received_header off
uidls_file {home}/uidls
delivery mda sh '{mda}' out
"""


def mpop_as(*, auth: str = "user", tls: str = "tls off", keep: str = "off") -> Client:
    """auth, tls, keep: as in its configuration."""

    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        text = MPOPRC.format(
            home=home, server=server, limit=limit, auth=auth, tls=tls, keep=keep, mda=MDA
        )
        path = configuration(home / "rc", text)
        return run(server, home, ["mpop", "--quiet", "--file", str(path)], limit)

    return client


STLS = "tls on\ntls_starttls on"
mpop = mpop_as()
mpop_keeping = mpop_as(keep="on")
mpop_stls = mpop_as(tls=STLS)
mpop_tls = mpop_as(tls="tls on\ntls_starttls off")

# getmail

GETMAILRC = """\
[retriever]
type = Simple{kind}Retriever
server = 127.0.0.1
port = {server.port}
username = {server.user}
password = {server.password}
timeout = {limit}
use_apop = {apop}
{tls}

[destination]
type = MDA_external
path = /bin/sh
arguments = ("{mda}", "{home}/out")
allow_root_commands = true

[options]
received = false
delivered_to = false
delete = {delete}
read_all = {delete}
"""


def getmail_as(*, apop: bool = False, delete: bool = True) -> Client:
    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        secure = server.url.startswith("pop3s:")
        text = GETMAILRC.format(
            kind="POP3SSL" if secure else "POP3",
            home=home,
            server=server,
            limit=limit,
            apop=apop,
            tls=f"ca_certs = {server.ca_file}" if secure else "",
            delete=delete,
            mda=MDA,
        )
        configuration(home / "getmailrc", text)
        return run(server, home, ["getmail", "--getmaildir", str(home)], limit)

    return client


getmail = getmail_as()
getmail_keeping = getmail_as(delete=False)
