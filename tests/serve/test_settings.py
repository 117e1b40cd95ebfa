"""Settings from the command line, the environment and a file, as the process takes them."""

from pathlib import Path

import pytest

from .process import USER, capa, environment, folder, refused, run, serving


def implementation(*words: str | Path, env: dict[str, str]) -> str:
    with serving(*words, env=env) as server:
        [line] = [line for line in capa(server.client()) if line.startswith("IMPLEMENTATION")]
        return line.partition(" ")[2]


def test_the_command_line_before_the_environment_before_the_file(tmp_path: Path) -> None:
    drop, file = folder(tmp_path / "drop"), tmp_path / "settings.toml"
    file.write_text('implementation = "file"\n')
    words = (drop, *USER, "--config", file)
    env = environment()
    named = environment(POP3LAB_IMPLEMENTATION="environment")
    assert implementation(*words, env=env) == "file"
    assert implementation(*words, env=named) == "environment"
    assert implementation(*words, "--implementation", "line", env=named) == "line"


def test_all_may_stand_in_the_file(tmp_path: Path) -> None:
    folder(tmp_path / "mail" / "ann", b"ann's\r\n")
    folder(tmp_path / "other", b"bob's\r\n")
    (tmp_path / "settings.toml").write_text(
        'target = "mail/{user}"\nlimit-idle = 700\nlog-level = "debug"\n'
        '[[user]]\nname = "ann"\npassword = "secret"\n'
        '[[user]]\nname = "bob"\npassword = "word"\nmaildrop = "other"\n'
    )
    with serving("--config", tmp_path / "settings.toml") as server:
        assert server.logged_in().body("RETR 1") == b"ann's\r\n.\r\n"
        assert server.logged_in("bob", "word").body("RETR 1") == b"bob's\r\n.\r\n"
        assert " debug connection_opened " in server.log


def test_a_file_at_the_usual_place(tmp_path: Path) -> None:
    (tmp_path / "pop3lab").mkdir()
    (tmp_path / "pop3lab" / "config.toml").write_text('implementation = "usual"\n')
    env = environment(XDG_CONFIG_HOME=str(tmp_path))
    assert implementation("memory:", *USER, env=env) == "usual"


@pytest.mark.parametrize("place", ["line", "environment", "file"])
def test_an_unknown_key_is_an_error_with_a_suggestion(place: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("limit-idel = 5\n" if place == "file" else "")
    words: list[str | Path] = ["memory:", *USER, "--config", tmp_path / "settings.toml"]
    if place == "line":
        words += ["--limit-idel", "5"]
    env = environment(POP3LAB_LIMIT_IDEL="5") if place == "environment" else environment()
    code, said = refused(*words, env=env)
    assert code == 2
    assert "limit-idle" in said.lower().replace("_", "-")


@pytest.mark.parametrize(
    "words", [("--port", "70000"), ("--limit-idle", "soon"), ("--workers", "0")]
)
def test_a_wrong_value_is_one_line(words: tuple[str, ...]) -> None:
    code, said = refused("memory:", *USER, *words)
    assert code == 2
    assert len(said.splitlines()) == 1
    assert words[0] in said


def test_doctor_says_what_holds_and_where_it_came_from(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("login-delay = 7\n")
    env = environment(POP3LAB_GRACE="3")
    result = run("doctor", folder(tmp_path / "drop"), *USER, "--config", file, env=env)
    found = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line}
    assert result.returncode == 0
    assert found["login-delay"][1:] == ["7", "file", str(file)]
    assert found["grace"][1:] == ["3", "environment", "POP3LAB_GRACE"]
    assert found["target"][2:] == ["command", "line"]
    assert found["limit-line"][1:] == ["255", "default"]
    assert "secret" not in result.stdout


def test_doctor_fails_where_serve_would(tmp_path: Path) -> None:
    result = run("doctor", tmp_path / "nothing", *USER)
    assert result.returncode == 2
    assert "does not exist" in result.stdout
    assert "can't start" in result.stdout


@pytest.mark.parametrize("place", ["nowhere", "line", "environment", "file"])
def test_utf8_is_off_unless_asked_for(place: str, tmp_path: Path) -> None:
    message = "Subject: gr\u00fc\u00df\r\n\r\nhallo\r\n".encode()
    (tmp_path / "settings.toml").write_text("utf8 = true\n" if place == "file" else "")
    words: list[str | Path] = ["--config", tmp_path / "settings.toml"]
    words += ["--utf8"] if place == "line" else []
    env = environment(POP3LAB_UTF8="true") if place == "environment" else environment()
    on = place != "nowhere"
    with serving(folder(tmp_path / "drop", message), *USER, *words, env=env) as server:
        assert ("UTF8 USER" in capa(server.client())) is on
        answer = server.logged_in().ask("RETR 1")
        assert answer.startswith("-ERR [UTF8]" if on else "+OK 26")
        assert server.client().ask("UTF8").startswith("+OK" if on else "-ERR")
