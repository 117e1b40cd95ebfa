import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .warm import SMALL


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """With one small message. It is removed after the test: what is put into it may be huge."""
    path = tmp_path / "folder"
    path.mkdir()
    (path / "0-small").write_bytes(SMALL)
    yield path
    shutil.rmtree(path)
