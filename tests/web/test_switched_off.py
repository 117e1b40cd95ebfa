"""Without --web nothing of it is imported; a sentence says which library is missing."""

import subprocess
import sys

import pytest

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError

PROGRAM = """
import sys
from pop3lab import Pop3Server
import pop3lab.cli.service
with Pop3Server() as server:
    server.add("Subject: one")
rooms = ("pop3lab.web", "starlette", "uvicorn")
print(*(name for name in sys.modules if name.startswith(rooms)))
"""


def test_a_server_without_a_page_imports_nothing_of_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert run.stdout == "\n"


@pytest.mark.parametrize("library", ["starlette", "uvicorn"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError) as told:
        Pop3Server(web=True)
    assert str(told.value) == "--web needs a library: pip install 'pop3lab[web]'"


def test_a_server_without_a_page_has_no_address() -> None:
    with pytest.raises(ConfigError, match=r"this server has no page: write Pop3Server\(web=True\)"):
        Pop3Server().web_url  # noqa: B018
    with pytest.raises(RuntimeError, match="has no page yet"):
        Pop3Server(web=True).web_url  # noqa: B018
