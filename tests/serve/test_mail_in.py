"""`pop3lab` with --smtp-port and --lmtp, as a process."""

import json
import os
import poplib
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forked import Forked

ANN = ("--user", "ann:a long word")


@contextmanager
def served(*words: str, cwd: Path) -> Iterator[tuple[Forked, dict[str, int]]]:
    """The process, and its ports."""
    given = [*words, "--ready", "json"]
    with Forked(given, cwd=cwd, stderr=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def sent(port: int, *to: str, text: str = "Subject: x\n\nhello\n") -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port) as client:
        return client.sendmail("joe@host", to, text)


def test_the_seed_takes_mail_into_its_folder(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    with served("box", "--smtp-port", "0", "--hint", cwd=tmp_path) as (process, ports):
        assert list(ports) == ["pop3", "smtp", "pid"]
        sent(ports["smtp"], "anybody@anywhere")
        [path] = (tmp_path / "box").iterdir()
        assert path.read_bytes() == b"Subject: x\r\n\r\nhello\r\n"
        client = poplib.POP3("127.0.0.1", ports["pop3"])
        client.user("user")
        client.pass_("password")
        assert client.uidl()[1] == [f"1 box/{path.name}".encode()]
        client.quit()
        process.terminate()
        assert process.stdout
        assert process.stderr
        assert b"QUIT 1" in process.stdout.read()
        assert b"pop3lab takes mail by SMTP on 127.0.0.1 port " in process.stderr.read()


def test_serve_makes_maildrops_and_tells_of_each_message(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("t-1 eve\n")
    words = ("serve", "{user}", *ANN, "--user", "ben:another word", "--port", "0", "--smtp-port=0")
    more = ("--tokens", "tokens", "--allow-oauth-in-clear", "--lmtp", "./in", "--events")
    with served(*words, *more, cwd=tmp_path) as (process, ports):
        sent(ports["smtp"], "ann@x", "ben@x")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.1\.1"):
            sent(ports["smtp"], "zoe@x")
        assert (tmp_path / "in").stat().st_mode & 0o777 == 0o666  # for the user of a mail server
        with smtplib.SMTP("127.0.0.1", ports["smtp"]) as sender:
            wide = ["\uff41\uff4e\uff4e@x"]  # a login by this name would be one of ann
            with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.1\.1"):
                sender.sendmail("joe@host", wide, "x", mail_options=["SMTPUTF8"])
        sent(ports["smtp"], "eve@x")
        client = smtplib.LMTP(str(tmp_path / "in"))
        client.sendmail("joe@host", "ann@x", "by LMTP\n")
        client.quit()
        process.terminate()
        assert process.stderr
        lines = [json.loads(line) for line in process.stderr.read().splitlines()]
        told = [line for line in lines if line["event"] == "message_delivered"]
        assert [line["user"] for line in told] == ["ann", "ben", "eve", "ann"]
        assert told[0]["recipients"] == ["ann@x", "ben@x"]
    text = (tmp_path / "ann").read_bytes()
    assert text.count(b"\nReturn-Path: <joe@host>\r\nDelivered-To: ann@x\r\nby LMTP\r\n\n") == 1
    assert not (tmp_path / "in").exists()


def test_a_socket_that_is_in_use_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(tmp_path / "in"))
        there.listen()
        words = ["box", "--lmtp", str(tmp_path / "in")]
        with Forked(words, cwd=tmp_path, stderr=subprocess.PIPE) as process:
            assert process.stderr
            assert b"in: Address already in use" in process.stderr.read()
            assert process.wait(10) == 3
    with served("box", "--lmtp", str(tmp_path / "in"), cwd=tmp_path):  # left over by now
        assert (tmp_path / "in").exists()


def test_tls_and_rules(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    words = ("serve", "box", *ANN, "--port=0", "--tls-self-signed")
    rule = ("--rule", 'SMTP MAIL -> reply "421 4.3.0 not now"')
    with served(*words, "--smtp-port=0", "--smtp-tls-port=0", *rule, cwd=tmp_path) as (_, ports):
        assert {"pop3", "pop3s", "smtp", "smtps"} < set(ports)
        with smtplib.SMTP("127.0.0.1", ports["smtp"]) as client:
            client.starttls()
            with pytest.raises(smtplib.SMTPSenderRefused, match="not now"):
                client.sendmail("a@b", "ann", "x")
        with smtplib.SMTP_SSL("127.0.0.1", ports["smtps"]) as client:
            client.login("ann", "a long word")
    assert os.listdir(tmp_path / "box") == []
