"""Files read with a bound."""

import os
from pathlib import Path

import pytest

from pop3lab.files.reading import MIB, RegularFile, check_readable, read_whole
from tests.files.planted import bound


def test_as_much_as_is_allowed_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(3 * MIB))
    assert read_whole(str(path), 3 * MIB) == bytes(3 * MIB)
    os.truncate(path, 3 * MIB + 1)
    for read in (read_whole, check_readable):
        with pytest.raises(OSError, match="it has 3145729 octets, and at most 3 MiB are read"):
            read(str(path), 3 * MIB)
    path.write_bytes(b"")
    assert read_whole(str(path), 0) == b""


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "y").write_bytes(b"said")
    (tmp_path / "x").symlink_to("y")
    assert read_whole(str(tmp_path / "x"), MIB) == b"said"


@pytest.mark.parametrize("change", [2 * MIB + 1, 2 * MIB - 1, 0])
def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, change: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(2 * MIB))
    with RegularFile(str(path), 4 * MIB) as file:
        pieces = file.pieces()
        assert len(next(pieces)) == MIB
        os.truncate(path, change)
        with pytest.raises(OSError, match="it changed while it was being read") as caught:
            list(pieces)
    assert caught.value.filename == str(path)


def test_a_file_that_grows_without_end_comes_to_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(2 * MIB))
    came = []
    with RegularFile(str(path), 4 * MIB) as file, path.open("ab", buffering=0) as growing:

        def grow(piece: bytes) -> None:
            came.append(len(piece))
            growing.write(bytes(2 * MIB))

        with pytest.raises(OSError, match="it changed"):
            any(map(grow, file.pieces()))
    assert sum(came) <= 2 * MIB


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    bound(tmp_path / "socket")
    refused = {
        str(tmp_path / "pipe"): "it is a pipe, and only regular files are read",
        str(tmp_path / "socket"): "No such device",
        str(tmp_path): "it is a folder",
        "/dev/zero": "it is a device",
        "/dev/null": "it is a device",
    }
    before = len(os.listdir("/proc/self/fd"))
    for path, why in refused.items():
        with pytest.raises(OSError, match=why) as caught:
            read_whole(path, MIB)
        assert caught.value.filename == path
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(FileNotFoundError):
        read_whole("x\0y", MIB)
