"""Mail is delivered into an mbox file in all the ways of Debian, while sessions delete from it.

Two servers share the file, on a good disk and on bad ones, and are killed. No mail is lost, none is
back after +OK, and no unique-id changes. A server that replaces the file, the control, loses mail.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.soak.delivering import STYLES, TOGETHER
from tests.soak.torture import POP3LAB, torture

DELIVER = "tests.soak.delivering"
RENAMING = ("-m", "tests.soak.renaming_server")
FULL = ("-m", "tests.soak.troubled_server", "full")
BROKEN = ("-m", "tests.soak.troubled_server", "broken")
MANY = 2000  # sessions


@pytest.mark.parametrize(
    ("styles", "count", "least", "beside"),
    [
        pytest.param(TOGETHER["fcntl"], 15, 10, POP3LAB, id="fcntl"),
        *(
            pytest.param(TOGETHER[name], count, MANY, beside, id=what, marks=pytest.mark.soak)
            for what, name, count, beside in (
                ("fcntl 2000", "fcntl", 400, POP3LAB),
                ("dotlock 2000", "dotlock", 60, POP3LAB),
                ("flock 2000", "flock", 800, POP3LAB),
                ("fcntl full 2000", "fcntl", 400, FULL),
                ("fcntl broken 2000", "fcntl", 400, BROKEN),
            )
        ),
    ],
)
def test_p149_nothing_is_lost_in_any_way_of_delivery(
    tmp_path: Path, styles: Sequence[str], count: int, least: int, beside: Sequence[str]
) -> None:
    (tmp_path / "ann").touch()
    book, lost = torture(tmp_path / "ann", DELIVER, styles, count, least, (POP3LAB, beside))
    assert not book.wrong
    assert not lost
    assert len(book.gone) > len(styles) * count / 3
    if least == MANY:  # else this is too short to hit it
        assert book.cut > 10
        assert book.done
        assert book.undone


@pytest.mark.soak
@pytest.mark.parametrize("style", STYLES)
def test_p149_nothing_is_lost_by_this_way_alone(tmp_path: Path, style: str) -> None:
    (tmp_path / "ann").touch()
    book, lost = torture(tmp_path / "ann", DELIVER, [style], 100, 100)
    assert not book.wrong
    assert not lost


def test_a_server_that_replaces_the_file_is_caught_losing_mail(tmp_path: Path) -> None:
    (tmp_path / "ann").touch()
    servers = (RENAMING, RENAMING)
    _, lost = torture(tmp_path / "ann", DELIVER, ["python_kept_open"], 40, 10, servers)
    assert lost
