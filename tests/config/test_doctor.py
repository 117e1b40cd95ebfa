"""What doctor says as a whole."""

from pathlib import Path

from pop3lab.cli.factories import doubts
from pop3lab.cli.words import server_texts
from pop3lab.config.diagnostics import diagnose
from pop3lab.config.options import TABLE
from pop3lab.config.reading import load


def diagnosis(*words: str) -> tuple[str, bool]:
    loaded = load(server_texts(words), {"POP3LAB_WORKERS": "2"})
    return diagnose(loaded, len, doubts=doubts)


def test_each_setting_has_its_value_and_origin(tmp_path: Path) -> None:
    text, good = diagnosis(str(tmp_path), "--user", "ann:hunter2", "--port", "0")
    assert good
    lines = {line.split()[0]: line.split() for line in text.split("\n\n")[2].splitlines()}
    assert list(lines) == list(TABLE)
    assert lines["user"] == ["user", "ann:********", "command", "line"]
    assert lines["workers"] == ["workers", "2", "environment", "POP3LAB_WORKERS"]
    assert lines["limit-idle"] == ["limit-idle", "600", "default"]
    assert "hunter2" not in text
    assert text.startswith("pop3lab serve can start.\n\n")


def test_all_that_is_wrong_is_said_at_once() -> None:
    text, good = diagnosis("/nowhere", "--port", "off", "--cert", "/nowhere", "--tls-port", "off")
    assert not good
    assert text.count("\nWRONG") == 5
    found = text.split("\n\n")[1].splitlines()
    assert [line[:5] for line in found[:5]] == ["WRONG"] * 5
    assert [line[:5] for line in found] == sorted(
        (line[:5] for line in found), key=["WRONG", "note ", "ok   "].index
    )
    assert text.startswith("pop3lab serve can't start like this.\n\n")


def test_that_nobody_could_log_in_is_said_once(tmp_path: Path) -> None:
    text, good = diagnosis(str(tmp_path), "--port", "0")
    assert not good
    assert text.count("nobody could log in") == 1


def test_a_user_without_a_password_has_no_line_in_a_file_that_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        '[[user]]\nname = "ann"\n[[user]]\nname = "bob"\npassword = "x7-hJ"\n'
    )
    text, good = diagnosis(str(tmp_path), "--port", "0", "--config", f"{tmp_path}/one.toml")
    assert not good
    assert text.count("'ann' has no password") == 1
