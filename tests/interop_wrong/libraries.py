"""Libraries, in a program that fetches all messages and deletes them, or in a line of code."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pop3lab import Pop3Server

from .running import Ran, run
from .seeing import Client


def _program(command: Sequence[str], name: str) -> Client:
    path = str(Path(__file__).with_name(name))

    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        words = [path, str(server.port), server.user, server.password, str(limit)]
        return run(server, home, [*command, *words], limit)

    return client


poplib = _program([sys.executable], "fetch_poplib.py")
net_pop3 = _program(["perl"], "fetch_net_pop3.pl")
pop3_client = _program(["perl"], "fetch_pop3_client.pl")
net_pop = _program(["ruby"], "fetch_net_pop.rb")


def _code(command: Sequence[str], text: str) -> Client:
    def client(server: Pop3Server, home: Path, limit: int) -> Ran:
        line = text.replace("PORT", str(server.port)).replace("LIMIT", str(limit))
        return run(server, home, [*command, line], limit)

    return client


def poplib_does(code: str) -> Client:
    """Python, with a client that is connected."""
    begin = 'import poplib; client = poplib.POP3("localhost", PORT, timeout=LIMIT); '
    return _code([sys.executable, "-c"], begin + code)


def net_pop3_does(code: str) -> Client:
    """Perl, with a $client of Net::POP3 that is connected."""
    begin = 'my $client = Net::POP3->new("localhost", Port => PORT, Timeout => LIMIT); '
    return _code(["perl", "-MNet::POP3", "-we"], begin + code)


def net_pop_does(code: str) -> Client:
    """Ruby, with a client of net/pop that has logged in."""
    begin = 'Net::POP3.start("127.0.0.1", PORT, "user", "password") { |client| '
    return _code(["ruby", "-rnet/pop", "-e"], f"{begin}{code} }}")
