"""`make dist`: what the archives have, and that each of them works."""

import hashlib
import os
import poplib
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.docs.snippets import ROOT
from tests.soak.conftest import make_dist

ALONE = [sys.executable, "-I", "-S"]  # without any library
READ_FROM_DATA = (["helper", "perl"], ["cases"], ["drivers"], ["drivers", "curl"])


def run(*words: str | Path, cwd: Path) -> str:
    """What a command prints, without the modules and the settings of these tests."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ["PATH"] = f"{cwd / 'build' / 'release' / 'bin'}{os.pathsep}{environ['PATH']}"
    ended = subprocess.run(
        words, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def files_below(folder: Path) -> Iterator[str]:
    made = [folder / name for name in ("build", "dist")]
    for path in folder.rglob("*"):
        if path.is_file() and not any(map(path.is_relative_to, made)):
            yield str(path.relative_to(folder))


@pytest.mark.soak
def test_the_archives_have_all_files(checkout: Path) -> None:
    (source,) = (checkout / "dist").glob("*.tar.gz")
    with tarfile.open(source) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert packed == {*files_below(checkout), "PKG-INFO"}

    of_package = {f"pop3lab/{name}" for name in files_below(checkout / "src" / "pop3lab")}
    assert {"pop3lab/py.typed", "pop3lab/faults.pyi"} < of_package
    (wheel,) = (checkout / "dist").glob("*.whl")
    installed = {name for name in ZipFile(wheel).namelist() if name.startswith("pop3lab/")}
    assert installed == of_package
    assert (checkout / "build" / "installed" / "share" / "man" / "man1" / "pop3lab.1").is_file()
    alone = set(ZipFile(checkout / "dist" / "pop3lab.pyz").namelist())
    assert alone == {*of_package, "LICENSE", "__main__.py"}


@pytest.mark.soak
def test_the_archives_are_the_same_each_time(checkout: Path) -> None:
    first = digests(checkout)
    assert len(first) == 3
    for path in checkout.rglob("*.py"):
        os.utime(path)
    make_dist(checkout)
    assert digests(checkout) == first


def digests(checkout: Path) -> dict[str, str]:
    paths = (checkout / "dist").iterdir()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.soak
@pytest.mark.parametrize("words", READ_FROM_DATA, ids=" ".join)
def test_data_come_along(words: list[str], checkout: Path) -> None:
    here = run(sys.executable, "-m", "pop3lab", *words, cwd=ROOT / "src")
    assert here
    assert run("build/installed/bin/pop3lab", *words, cwd=checkout) == here
    assert run(*ALONE, "dist/pop3lab.pyz", *words, cwd=checkout) == here


@pytest.mark.soak
def test_the_single_file_serves_a_folder(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"Subject: one\r\n\r\nhello\r\n")
    with subprocess.Popen(
        [*ALONE, checkout / "dist" / "pop3lab.pyz", tmp_path, "noextra"],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        client = poplib.POP3("127.0.0.1", int(server.stdout.readline()), timeout=30)
        client.user("user")
        client.pass_("password")
        assert client.retr(1)[1] == [b"Subject: one", b"", b"hello"]
        client.dele(1)
        client.quit()
        server.terminate()
        counted = server.stdout.read().splitlines()
    assert counted == ["1", "DELE 1", "PASS 1", "QUIT 1", "RETR 1", "USER 1"]
    assert not list(tmp_path.iterdir())


@pytest.mark.soak
@pytest.mark.parametrize("program", ["pipx", "uvx"])
def test_a_wheel_runs_as_the_manual_says(
    program: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "howto" / "ci.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^    ({program} .+)$", page, re.MULTILINE)
    run("build/release/bin/pip", "install", "-q", "pipx", "uv", cwd=checkout)
    monkeypatch.setenv("PIPX_HOME", str(tmp_path))
    assert re.fullmatch(r"pop3lab \d.*\n", run(*line.split(), cwd=checkout))
