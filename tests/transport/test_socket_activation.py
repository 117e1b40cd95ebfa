"""Sockets that somebody else has bound."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.transport.socket_activation import Listeners, activated, begins_with_tls, inherited

# Moves the sockets to 3, 4, ..., as systemd does, and says what came of them.
PROGRAM = """
import os, sys
descriptors = [int(word) for word in sys.argv[1].split()]
high = [os.dup2(descriptor, 100 + nth) for nth, descriptor in enumerate(descriptors)]
for nth, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + nth)
os.environ["LISTEN_PID"] = os.environ["LISTEN_PID"] or str(os.getpid())
from pop3lab.core.errors import ConfigError
from pop3lab.transport.socket_activation import activated
try:
    found = activated()
except ConfigError as error:
    print(error)
else:
    for name, listeners in (("pop3", found.pop3), ("pop3s", found.pop3s)):
        print(name, *(listener.getsockname()[1] for listener in listeners))
        assert not any(listener.get_inheritable() for listener in listeners)
print(*(name for name in os.environ if name.startswith("LISTEN")))
"""


def by_systemd(*sockets: socket.socket, names: str = "", pid: str = "", count: str = "") -> str:
    descriptors = [listener.fileno() for listener in sockets]
    environ = {"LISTEN_FDS": count or str(len(sockets)), "LISTEN_PID": pid}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join(map(str, descriptors))],
        env={**os.environ, **environ, **({"LISTEN_FDNAMES": names} if names else {})},
        pass_fds=descriptors,
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_names_tell_which_is_which_and_the_variables_go(listener: socket.socket) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        said = by_systemd(listener, other, names="pop3s:pop3")
        assert said == f"pop3 {port(other)}\npop3s {port(listener)}\n\n"


def test_without_names_they_are_pop3(listener: socket.socket) -> None:
    assert by_systemd(listener) == f"pop3 {port(listener)}\npop3s\n\n"
    assert by_systemd(listener, names="pop3lab.socket") == f"pop3 {port(listener)}\npop3s\n\n"


def test_without_names_port_995_is_pop3s() -> None:
    assert begins_with_tls("pop3lab.socket", 995)
    assert begins_with_tls("", 995)
    assert not begins_with_tls("pop3lab.socket", 110)
    assert not begins_with_tls("pop3", 995)
    assert begins_with_tls("pop3s", 110)


@pytest.mark.parametrize(("pid", "count"), [("1", "1"), ("", "0"), ("", "x"), ("", "99999999")])
def test_what_is_not_for_this_process_is_left(
    pid: str, count: str, listener: socket.socket
) -> None:
    assert by_systemd(listener, pid=pid, count=count) == "pop3\npop3s\n\n"


def test_what_does_not_listen_is_refused() -> None:
    with socket.socket() as deaf:
        assert by_systemd(deaf) == "LISTEN_FDS: socket 1: is not a listening TCP socket\n\n"


def test_nothing_is_inherited_without_the_variables() -> None:
    assert not activated({})


def test_sockets_by_number(listener: socket.socket) -> None:
    descriptor = os.dup(listener.fileno())
    found = inherited([], [descriptor])
    assert found
    assert (found.pop3, port(found.pop3s[0])) == ([], port(listener))
    assert found.ports() == {"pop3s": port(listener)}
    found.close()
    with pytest.raises(ConfigError, match=f"^tls-fd {descriptor}: is not a socket"):
        inherited([], [descriptor])
    assert not inherited([], [])
    assert Listeners().ports() == {}


def test_what_is_refused_by_number_stays_open() -> None:
    reading, writing = os.pipe()
    with pytest.raises(ConfigError, match=f"fd {reading}: is not a socket"):
        inherited([reading], [])
    os.close(reading)
    os.close(writing)
    with (
        socket.socket(socket.AF_UNIX) as local,
        pytest.raises(ConfigError, match="not a listening TCP"),
    ):
        inherited([local.fileno()], [])
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        with pytest.raises(ConfigError, match="not a listening TCP"):
            inherited([datagrams.fileno()], [])
        datagrams.getsockname()
