"""The README, the tutorial and each how-to work for a reader who has nothing but the page.

The environment is new; what a page tells to install is installed in it.
"""

import os
import poplib
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.following import Follower
from tests.docs.reader import Shell
from tests.docs.snippets import ROOT

PAGES = [
    "README.md",
    "docs/tutorial.md",
    *sorted(f"docs/howto/{p.name}" for p in (ROOT / "docs/howto").glob("*.md")),
]

# Or what needs a database, a mail program, or CI.
NOTHING_TO_RUN = {
    f"docs/howto/{name}.md" for name in ("ci", "database", "driver", "migration", "troubleshooting")
}

# Besides pop3lab and pytest: what the page is about, or runs.
PACKAGES = {
    "README.md": ["pipx", "uv"],
    "docs/howto/beside.md": ["freezegun", "hypothesis", "trio"],
    "docs/howto/senders.md": ["aiosmtpd"],
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the package, as `pip install .` makes it, and pytest."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    _install(folder, str(ROOT), "pytest")
    return folder


def _install(environment: Path, *packages: str) -> None:
    subprocess.run([environment / "bin" / "pip", "install", "-q", *packages], check=True)


@pytest.mark.soak
@pytest.mark.parametrize("page", PAGES)
def test_a_reader_gets_what_is_shown(
    page: str, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(environment, *PACKAGES.get(page, ["pytest"]))
    (tmp_path / "pop3lab").symlink_to(ROOT)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PIPX_HOME", str(tmp_path / "pipx"))
    with Shell(tmp_path, environment / "bin") as shell:
        reader = Follower(tmp_path, shell)
        assert not list(reader.follow(ROOT / page))
    assert bool(reader.ran) == (page not in NOTHING_TO_RUN)


@pytest.mark.soak
def test_a_new_checkout_serves_the_examples(tmp_path: Path) -> None:
    """`make run`; `make test` is what runs this."""
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build", "dist")
    checkout = shutil.copytree(ROOT, tmp_path / "pop3lab", ignore=ignored)
    with subprocess.Popen(
        ["make", "run"], cwd=checkout, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        try:
            assert running.stdout
            client = poplib.POP3("127.0.0.1", int(running.stdout.readline()))
            client.user("user")
            client.pass_("password")
            assert client.stat()[0] == len(list((ROOT / "examples" / "messages").glob("*.eml")))
            client.quit()
        finally:
            os.killpg(running.pid, signal.SIGTERM)
