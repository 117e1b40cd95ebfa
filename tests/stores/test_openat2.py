import errno
import os
from pathlib import Path

import pytest

from pop3lab.stores import location
from pop3lab.stores.location import BeneathLocation
from pop3lab.stores.openat2 import openat2

FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def tried(place: Path, path: str) -> str:
    """What comes of it: what is in the folder, or the name of the error."""
    top = os.open(place, FLAGS)
    try:
        descriptor = openat2(top, path, FLAGS)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    finally:
        os.close(top)
    try:
        return " ".join(sorted(os.listdir(descriptor)))
    finally:
        os.close(descriptor)


def or_not_there(*right: str) -> tuple[str, ...]:
    """A kernel before 5.6 has no such call, and some sandboxes forbid it: then that is said."""
    return (*right, "ENOSYS", "EPERM")


def test_links_are_followed_nowhere_and_nothing_is_above(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").touch()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "a" / "link").symlink_to("b")
    assert tried(tmp_path, "a/b") in or_not_there("c")
    assert tried(tmp_path, "link/b") in or_not_there("ELOOP")
    assert tried(tmp_path, "a/link") in or_not_there("ELOOP")
    assert tried(tmp_path, "a/b/c") in or_not_there("ENOTDIR")
    assert tried(tmp_path, "a/x") in or_not_there("ENOENT")
    assert tried(tmp_path / "a", "../a") in or_not_there("EXDEV")
    assert tried(tmp_path, "/etc") in or_not_there("EXDEV")


def test_a_path_from_the_root_takes_one_call_and_follows_no_link_either(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")

    def tried(path: Path) -> str:
        try:
            os.close(openat2(None, str(path).strip("/"), FLAGS))
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return "opened"

    assert tried(tmp_path / "a" / "b") in or_not_there("opened")
    assert tried(tmp_path / "link" / "b") in or_not_there("ELOOP")


def test_a_folder_beneath_the_root_is_the_same_in_one_call_and_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    for at_once in (True, False):
        monkeypatch.setattr(location, "_ONE_CALL", at_once)
        folder = BeneathLocation("/", [*tmp_path.parts[1:], "a"])
        descriptor = folder.open()
        assert os.path.samestat(os.fstat(descriptor), os.stat(tmp_path / "a"))
        os.close(descriptor)
        with pytest.raises(OSError, match="is a link"):
            BeneathLocation("/", [*tmp_path.parts[1:], "link"]).open()
        with pytest.raises(FileNotFoundError):
            BeneathLocation(str(tmp_path), ["etc"], users=1).open()


@pytest.mark.parametrize("mount", ["sys", "dev"])
def test_mounts_are_crossed(mount: str) -> None:
    assert tried(Path("/"), mount) in or_not_there(" ".join(sorted(os.listdir(f"/{mount}"))))
