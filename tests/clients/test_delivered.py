"""What a program has delivered, in each form."""

from pathlib import Path

from pop3lab.clients.delivered import delivered_in


def texts(folder: Path, form: str) -> dict[str, bytes]:
    return {name: each.octets for name, each in delivered_in(folder, form).items()}


def test_files_in_all_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2").write_bytes(b"two")
    (tmp_path / "1").write_bytes(b"one")
    (tmp_path / ".new").write_bytes(b"not yet")
    (tmp_path / "link").symlink_to("1")
    assert texts(tmp_path, "files") == {"1": b"one", "b/2": b"two"}


def test_a_maildir_whose_messages_keep_their_names(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"of-{folder}").write_bytes(folder.encode())
    (tmp_path / "cur" / "of-cur").rename(tmp_path / "cur" / "of-cur:2,S")
    assert texts(tmp_path, "maildir") == {"of-new": b"new", "of-cur": b"cur"}


def test_an_mbox_is_cut_at_its_from_lines(tmp_path: Path) -> None:
    first = b"Subject: one\n\ntext\nFrom here on\n>From there\n"
    (tmp_path / "mbox").write_bytes(b"From a\n" + first + b"\nFrom b\nSubject: two\n\n")
    assert texts(tmp_path, "mbox") == {"mbox#1": first, "mbox#2": b"Subject: two\n"}
