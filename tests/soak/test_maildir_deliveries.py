"""Mail is delivered into a Maildir, and flagged there, while sessions delete from it.

Two servers share it, on a good disk and on bad ones, and are killed. No mail is lost, none is back
after +OK, and no unique-id changes. A server that unlinks in a bare loop, the control, is caught.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.soak.book import Book
from tests.soak.maildir_delivering import STYLES
from tests.soak.torture import POP3LAB, torture

DELIVER = "tests.soak.maildir_delivering"
FULL = ("-m", "tests.soak.troubled_server", "full")
BROKEN = ("-m", "tests.soak.troubled_server", "broken")
NAIVE = ("-m", "tests.soak.troubled_server", "naive")
MANY = 2000  # sessions


def tortured(path: Path, count: int, least: int, *commands: Sequence[str]) -> tuple[Book, set[str]]:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    return torture(path, DELIVER, [*STYLES], count, least, commands)


@pytest.mark.parametrize(
    ("count", "least"),
    [pytest.param(12, 8, id="a few"), pytest.param(1000, MANY, id="2000", marks=pytest.mark.soak)],
)
@pytest.mark.parametrize("beside", [POP3LAB, FULL, BROKEN], ids=["good", "full", "broken"])
def test_p149_nothing_is_lost_and_nothing_is_back(
    tmp_path: Path, beside: Sequence[str], count: int, least: int
) -> None:
    book, lost = tortured(tmp_path / "ann", count, least, POP3LAB, beside)
    assert not book.wrong
    assert not lost
    assert len(book.gone) > len(STYLES) * count / 4
    if least == MANY:  # else this is too short to hit it
        assert book.cut > 3
        assert book.done
        assert book.undone


@pytest.mark.soak
def test_a_bare_loop_is_caught(tmp_path: Path) -> None:
    """It says +OK to what a reader has renamed meanwhile, and is killed half-way."""
    book, _ = tortured(tmp_path / "ann", 200, 200, NAIVE, NAIVE)
    assert book.wrong
