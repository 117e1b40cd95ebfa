from pathlib import Path

import pytest

from .clients import curl, fetchmail, mpop
from .libraries import poplib_does
from .seeing import ALL, Client, see


@pytest.mark.parametrize(
    ("quirk", "error"),
    [
        ("capa-empty blank", "IndexError: list index out of range"),
        ("capa-odd-lines kind=8-bit", "UnicodeDecodeError: 'ascii' codec"),
    ],
    ids=["blank", "8-bit"],
)
def test_poplib_reads_words_of_ascii_only(quirk: str, error: str, tmp_path: Path) -> None:
    # "poplib: IndexError on an empty line", "UnicodeDecodeError on 8-bit": both confirmed.
    seen = see(poplib_does("client.capa()"), tmp_path, quirk)
    assert seen.ran.code == 1
    assert error in seen.ran.output


def test_capa_odd_lines_with_a_dot(tmp_path: Path) -> None:
    # "curl#19228: a line with a dot in front ended the list": not confirmed; SASL, which stands
    # behind it, is used.
    seen = see(curl("1"), tmp_path, "capa-odd-lines kind=dot")
    assert seen.ran.code == 0
    assert seen.session.mechanism == "CRAM-MD5"


def test_capa_odd_lines_without_end(tmp_path: Path) -> None:
    # "mpop reads 50 lines": confirmed, and fails if there are more; so does curl above 300 KiB.
    seen = see(mpop, tmp_path, "capa-odd-lines kind=many")
    assert seen.ran.code == 76
    assert "invalid reply to command CAPA" in seen.ran.output
    seen = see(curl("1"), tmp_path, "capa-odd-lines kind=many")
    assert seen.ran.code == 56
    assert "Too large response headers" in seen.ran.output
    assert see(fetchmail, tmp_path, "capa-odd-lines kind=many").ran.code == 0


def test_capa_kills_connection_for_fetchmail(tmp_path: Path) -> None:
    # fetchmail "reconnects without CAPA": confirmed, once.
    seen = see(fetchmail, tmp_path, "capa-kills-connection")
    assert seen.ran.code == 0
    assert seen.ran.stored == ALL
    assert [session.commands[0] for session in seen.sessions] == ["CAPA", "USER"]


@pytest.mark.parametrize(("client", "code"), [(curl("1"), 56), (mpop, 76)], ids=["curl", "mpop"])
def test_capa_kills_connection_for_others(client: Client, code: int, tmp_path: Path) -> None:
    # "Connects again and again": not confirmed; they give up.
    seen = see(client, tmp_path, "capa-kills-connection")
    assert seen.ran.code == code
    assert len(seen.sessions) == 1


def test_capa_overstates(tmp_path: Path) -> None:
    # "No other way is tried": not confirmed; told that there is UIDL, fetchmail tries TOP instead.
    seen = see(fetchmail, tmp_path, "capa-overstates")
    assert seen.ran.code == 0
    assert seen.ran.stored == ALL
    assert seen.session.lines[2:5] == ["STAT", "UIDL", "TOP 1 1"]
