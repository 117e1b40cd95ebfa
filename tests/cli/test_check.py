"""`pop3lab check`, `cases` and `drivers`."""

import json
import sys
from pathlib import Path

import pytest

from pop3lab.cases.catalogue import CASES
from pop3lab.cli.main import main
from pop3lab.clients.loader import shipped_drivers

# Fetches all, and deletes; where its name says so, nothing is stored.
SCRIPT = r"""
import os, socket, sys
port, out = sys.argv[1:]
connection = socket.create_connection(("localhost", int(port)), 5)
file = connection.makefile("rwb")

def ask(line):
    file.write(line.encode() + b"\r\n")
    file.flush()
    status = file.readline()
    if not status.startswith(b"+OK"):
        sys.exit(1)
    return status

file.readline()
ask("USER ann")
ask("PASS pa55-sesame")
for number in range(1, int(ask("STAT").split()[1]) + 1):
    ask(f"RETR {number}")
    lines = iter(file.readline, b".\r\n")
    text = b"".join(line.removeprefix(b".") for line in lines)
    with open(os.path.join(out, f"{number}"), "wb") as stored:
        stored.write(text)
    ask(f"DELE {number}")
ask("QUIT")
"""


@pytest.fixture(autouse=True)
def folder_of_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    script = tmp_path / "fetch.py"
    script.write_text(SCRIPT)
    return ["--", sys.executable, "-IS", str(script), "{port}", "{out}"]


def test_a_command_line_is_tried(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "--cases", "basic/one-message", "--cases", "1.02", "--jobs", "1"]
    assert main([*words, *command]) == 0
    told = capsys.readouterr()
    page = Path("pop3lab-report", "index.html")
    assert told.out == f"1 pass, 1 not-applicable\nreport: {page}\n"
    assert told.err == "basic       2  1 not-applicable, 1 pass\n"
    results = json.loads(page.with_name("results.json").read_text())
    assert [each["id"] for each in results["cases"]] == ["basic/fetch-keep", "basic/one-message"]


def test_a_run_that_was_stopped_goes_on(command: list[str]) -> None:
    assert main(["check", "--cases", "1.04", *command]) == 0
    lines = Path("pop3lab-report", "results.jsonl")
    first, result = lines.read_text().splitlines()
    marked = json.dumps({**json.loads(result), "reason": "kept"})
    lines.write_text(f"{first}\n{marked}\n")
    assert main(["check", "--cases", "1.04", "--cases", "1.02", "--resume", *command]) == 0
    results = json.loads(lines.with_suffix(".json").read_text())
    assert [case["reason"] for case in results["cases"]] == ["the client can't do this", "kept"]
    assert main(["check", "--resume", "--seed", "2", *command]) == 2


def test_without_the_library_for_pages_the_rest_of_the_report_is_written(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(["check", "--cases", "1.04", *command]) == 0
    told = capsys.readouterr()
    assert "the report in HTML needs a library: pip install 'pop3lab[check]'" in told.err
    results = Path("pop3lab-report", "results.json")
    assert told.out.endswith(f"report: {results}\n")
    assert results.exists()
    assert results.with_name("junit.xml").exists()
    assert not results.with_name("index.html").exists()


def test_only_what_is_not_expected_decides(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "--cases", "retr/err-one", "--expected", "expected.toml"]
    assert main([*words, "--write-expected", *command]) == 1
    expected = Path("expected.toml")
    assert 'case = "retr/err-one"\nverdict = "fail"\nreason = "TODO"\n' in expected.read_text()
    assert main([*words, *command]) == 2
    assert "expected 1: reason: write why retr/err-one is so" in capsys.readouterr().err
    expected.write_text(expected.read_text().replace("TODO", "known"))
    assert main([*words, *command]) == 0
    assert "retr/err-one (as expected)" in capsys.readouterr().out
    expected.write_text(expected.read_text().replace('"fail"', '"warn"'))
    assert main([*words, *command]) == 1
    assert main([*words[:3], "--write-expected", *command]) == 2


@pytest.mark.parametrize(("options", "code"), [([], 3), (["--allow-unjudged"], 0)])
def test_a_client_that_does_not_work_is_not_judged(
    options: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "--cases", "1.04", *options, "--", "false"]
    assert main(words) == code
    assert "calibration: it fails with a server by the book (exit 1)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give one of these: a DRIVER, a FILE.toml, or -- and a command line"),
        (["mpop", "--", "false"], "give one of these"),
        (["fetchmial"], "there is no driver 'fetchmial', did you mean 'fetchmail'?"),
        (["mpop", "--cases", "retr/nothing"], "no case is named 'retr/nothing'"),
        (["mpop", "--claim", "forgets"], "one of remembers, timeout"),
        (["no.toml"], "no.toml: cannot be read"),
        (["--expected", "no.toml", "--", "true"], "no.toml: cannot be read"),
    ],
)
def test_a_mistake_is_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 2
    assert told in capsys.readouterr().err


def test_a_driver_whose_program_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = tmp_path / "own.toml"
    driver.write_text(
        'schema = 1\nname = "own"\nneeds = ["no-such-program"]\n'
        '[operations]\ndelete = ["no-such-program"]\n'
    )
    assert main(["check", str(driver)]) == 3
    assert "no-such-program: is not installed" in capsys.readouterr().err


def test_cases_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {case.number}  {case.id} " in listed for case in CASES.values())
    assert main(["cases", "retr/cut-close"]) == 0
    assert "Clause: RFC 1939 section 3\n" in capsys.readouterr().out
    assert main(["cases", "--json", "11.*"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == "retr/cut-close"


def test_drivers_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(
        shipped_drivers()
    )
    assert main(["drivers", "mpop"]) == 0
    assert capsys.readouterr().out == shipped_drivers()["mpop"].read_text()
    assert main(["drivers", "mpo"]) == 2


def test_reports_stand_side_by_side(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "results.json of pop3lab check"
    assert main(["check", "--cases", "1.04", *command]) == 0
    capsys.readouterr()
    site = Path("site", "index.html")
    assert main(["report", "pop3lab-report", "pop3lab-report/results.json", "--out", "site"]) == 0
    assert capsys.readouterr().out == f"{site}\n"
    assert "2 clients side by side" in site.read_text()
    assert main(["report"]) == 2
    assert main(["report", "none.json"]) == 2
