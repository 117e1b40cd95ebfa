"""`pop3lab check --by-hand`: a person at a terminal, played by a script."""

import json
import poplib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator["pexpect.spawn[str]"]:
    code = "import sys; from pop3lab.cli.main import main; sys.exit(main())"
    words = ["-c", code, "check", "--by-hand", "--cases", "1.04", "--cases", "11.01"]
    child = pexpect.spawn(sys.executable, words, cwd=tmp_path, timeout=20, encoding="utf-8")
    yield child
    child.close(force=True)


def get_mail(port: int) -> None:
    """What a mail program does, which deletes what came whole."""
    client = poplib.POP3("localhost", port, timeout=5)
    try:
        client.user("ann")
        client.pass_("pa55-sesame")
        for number in range(1, client.stat()[0] + 1):
            client.retr(number)
            client.dele(number)
        client.quit()
    except (OSError, poplib.error_proto):
        pass
    finally:
        client.close()


def test_a_person_tries_a_mail_program(terminal: "pexpect.spawn[str]", tmp_path: Path) -> None:
    terminal.expect(r"Case 1\.04 basic/one-message\s+There is exactly one message\.")
    terminal.expect(r"Account: POP3 server localhost, port (\d+), no encryption, user ann")
    assert isinstance(terminal.match, re.Match)
    port = int(terminal.match[1])
    terminal.expect("Enter when it is done")
    get_mail(port)
    terminal.sendline("")
    terminal.expect("something went wrong.*:")
    terminal.sendline("perhaps")
    terminal.expect("something went wrong.*:")
    terminal.sendline("n")
    terminal.expect("Which messages do you see.* 1, Enter")
    terminal.sendline("7")
    terminal.expect("Which messages do you see")
    terminal.sendline("1")
    terminal.expect("end too early")
    terminal.sendline("")
    terminal.expect(rf"Case 11\.01 retr/cut-close, run 1 of 2.*port {port}")
    terminal.expect("Enter when it is done")
    get_mail(port)
    terminal.sendline("")
    terminal.expect("something went wrong")
    terminal.sendline("n")
    terminal.expect("do you see")
    terminal.sendline("1 2")
    terminal.expect("end too early")
    terminal.sendline("2")
    terminal.expect("run 2 of 2")
    terminal.expect("Enter when it is done")
    get_mail(port)
    terminal.sendline("")
    terminal.expect("something went wrong")
    terminal.sendline("n")
    terminal.expect("do you see")
    terminal.sendline("1,2,3")
    terminal.expect("end too early")
    terminal.sendline("2")
    terminal.expect("report: pop3lab-report/index.html")
    terminal.expect(pexpect.EOF)
    results = json.loads((tmp_path / "pop3lab-report" / "results.json").read_text())
    verdicts = {case["id"]: case for case in results["cases"]}
    assert verdicts["basic/one-message"]["verdict"] == "pass"
    cut = verdicts["retr/cut-close"]
    assert (cut["verdict"], cut["told_by"]) == ("fail", "person")
    assert "PART" in {finding["id"] for finding in cut["findings"]}
    terminal.close()
    assert terminal.exitstatus == 1
