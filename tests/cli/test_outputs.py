"""What the server says on stderr for people."""

import io
import shlex

import pytest

from pop3lab.cli.outputs import print_hint
from pop3lab.config.options import Settings
from pop3lab.config.types import User


def hint(ports: dict[str, int], **values: object) -> str:
    settings = {"users": (User("ann", "secret"),), **values}
    print_hint(Settings(**settings), ports, file := io.StringIO())
    return file.getvalue()


def test_the_commands_of_a_hint() -> None:
    told = hint({"pop3": 1110, "pop3s": 1995})
    assert told.startswith("pop3lab serves POP3 on 127.0.0.1 port 1110: user `ann`, password ")
    url = "pop3://ann:secret@127.0.0.1:1110/"
    assert "    lists the messages\n" in told
    assert f"    curl {url}1   retrieves the first\n" in told
    assert "statistics" not in told
    anybody = hint({"pop3": 1110}, users=(), any_user=True)
    assert anybody.startswith("pop3lab serves POP3 on 127.0.0.1 port 1110: any user, any password.")
    assert "    curl pop3://anybody:anything@127.0.0.1:1110/1   retrieves the first\n" in anybody
    assert hint({"pop3": 1}, statistics=True).endswith(
        "Ctrl-C stops it and prints the statistics.\n"
    )


@pytest.mark.parametrize(
    ("ports", "values", "command"),
    [
        (
            {"pop3": 7},
            {"users": (User("a@b", "c d/'"),)},
            ["pop3://a%40b:c%20d%2F%27@127.0.0.1:7/"],
        ),
        ({"pop3": 7}, {"users": (User("a"),)}, ["pop3://NAME:PASSWORD@127.0.0.1:7/"]),
        ({"pop3": 7}, {"hosts": ("::1",)}, ["pop3://ann:secret@[::1]:7/"]),
        (
            {"pop3": 7},
            {"hosts": ("0.0.0.0",), "cert": "c 1"},
            ["--ssl-reqd", "--cacert", "c 1", "pop3://ann:secret@127.0.0.1:7/"],
        ),
        (
            {"pop3": 7},
            {"hosts": ("0.0.0.0",), "allow_clear_passwords": True},
            ["pop3://ann:secret@127.0.0.1:7/"],
        ),
        (
            {"pop3": 7},
            {"allow_clear_passwords": False, "tls_self_signed": True},
            ["--ssl-reqd", "-k", "pop3://ann:secret@127.0.0.1:7/"],
        ),
        (
            {"pop3s": 7},
            {"ca_out": "ca.pem"},
            ["--cacert", "ca.pem", "pop3s://ann:secret@127.0.0.1:7/"],
        ),
    ],
)
def test_curl_gets_what_it_needs(
    ports: dict[str, int], values: dict[str, object], command: list[str]
) -> None:
    listing, retrieving = (
        line.split("  ")[2].strip() for line in hint(ports, **values).splitlines()[2:4]
    )
    assert shlex.split(listing) == ["curl", *command]
    assert shlex.split(retrieving) == ["curl", *command[:-1], f"{command[-1]}1"]
