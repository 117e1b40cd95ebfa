"""The option --web: which word is its value, and where the address is told."""

import json
import re
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from pop3lab.cli.web import about_process, web_options
from pop3lab.cli.words import Words
from pop3lab.config.options import TABLE, Settings
from pop3lab.config.reading import load
from pop3lab.config.types import HostPort
from pop3lab.web.start import access_of
from tests.forked import Forked
from tests.web.test_security import Asking


@pytest.mark.parametrize(
    ("words", "texts", "operands"),
    [
        ("--web mail", ["true"], ["mail"]),
        ("--web 8111 mail", ["8111"], ["mail"]),
        ("mail --web 127.0.0.1:0", ["127.0.0.1:0"], ["mail"]),
        ("mail --web [::1]:8111 minimal", ["[::1]:8111"], ["mail", "minimal"]),
        ("mail --web --control", ["true"], ["mail"]),
        ("mail --web", ["true"], ["mail"]),
        ("--web true", ["true"], ["true"]),
        ("--web -- 8111", ["true"], ["8111"]),
        ("--web=8111 9000", ["8111"], ["9000"]),
        ("--web 99999", ["true"], ["99999"]),
    ],
)
def test_the_next_word_is_taken_only_if_it_is_a_place(
    words: str, texts: list[str], operands: list[str]
) -> None:
    asked = Words(TABLE.values(), words.split())
    assert (asked.texts["web"], asked.operands) == (texts, operands)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("no", False), ("0", HostPort("127.0.0.1", 0))]
)
def test_its_value_is_a_flag_or_a_place(text: str, value: object) -> None:
    assert load({"web": [text]}, {}).settings.web == value


def test_the_address_is_told_on_stderr_and_stdout_stays_the_ports(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"Subject: one\r\n\r\n")
    with Forked(["--web", "127.0.0.1:0", str(tmp_path)], stderr=PIPE) as server:
        assert server.stdout
        assert server.stderr
        port = int(server.stdout.readline())
        told = server.stderr.readline().decode()
        url = re.fullmatch(r"pop3lab: page and API: (http://127\.0\.0\.1:\d+/)\n", told)
        assert url
        about = httpx.get(f"{url[1]}api/v1/about", verify=False).json()
        assert about["endpoints"] == [{"host": "127.0.0.1", "port": port, "tls": "none"}]
        assert (about["user"], about["password"]) == ("user", "password")
        other = {"password": "x7-hJ"}
        httpx.put(f"{url[1]}api/v1/users/user", json=other, verify=False).raise_for_status()
        about = httpx.get(f"{url[1]}api/v1/about", verify=False).json()
        assert (about["user"], about["password"]) == ("user", None)
        added = httpx.post(f"{url[1]}api/v1/rules", json={"rule": "uidl-unsupported"}, verify=False)
        assert added.status_code == 201
        server.terminate()
        rest, _ = server.communicate(timeout=10)
        assert (rest, server.returncode) == (b"0\n", 0)


def test_the_address_is_in_the_ready_line(tmp_path: Path) -> None:
    words = ["serve", "memory:", "--user", "ann:secr3t", "--port", "0", "--web", "0"]
    with Forked([*words, "--ready", "json"], stderr=PIPE) as server:
        assert server.stdout
        url = json.loads(server.stdout.readline())["web"]
        about = httpx.get(f"{url}api/v1/about", verify=False).json()
        assert (about["user"], about["password"], about["target"]) == ("ann", None, "memory:")
        server.terminate()
        server.communicate(timeout=10)


def test_the_password_of_a_database_is_not_told() -> None:
    settings = Settings(target="postgresql://ann:secr3t@db/mail")
    assert about_process(settings, {"pop3": 110}).target == "postgresql://ann:********@db/mail"


@pytest.mark.parametrize(
    ("place", "host"), [("192.0.2.7", "192.0.2.7:8110"), ("2001:db8::7", "[2001:db8::7]:8110")]
)
def test_the_printed_address_is_served(place: str, host: str) -> None:
    options = web_options(Settings(web=HostPort(place, 8110), web_token=True))
    asking = Asking(access_of(options), host=host)
    assert asking.get("/").status_code == 200
    assert asking.get("/api/v1/rules").status_code == 401
