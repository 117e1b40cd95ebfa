"""Where locks and safe opening are missing, a store of files says so when it is imported."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

import pop3lab.stores

MODULES = sorted(Path(pop3lab.stores.__path__[0]).rglob("*.py"))


def test_without_posix_one_sentence_says_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.delitem(sys.modules, "pop3lab.stores.posix", raising=False)
    with pytest.raises(ImportError) as refused:
        import_module("pop3lab.stores.posix")
    assert str(refused.value) == (
        "folders, Maildirs and mbox files are served on Linux and macOS only;"
        " on Windows use Pop3Server(messages=...), or WSL"
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_store_takes_them_from_elsewhere(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert "os.O_NOFOLLOW" not in text
    assert "os.O_DIRECTORY" not in text
    assert module.stem == "posix" or "\nimport fcntl" not in text
