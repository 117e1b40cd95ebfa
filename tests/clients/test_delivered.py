"""What a program has delivered, in each form."""

from pathlib import Path

from pop3lab.cases.marked import marked
from pop3lab.clients.delivered import delivered_in, keep_printed


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
    (tmp_path / "empty").touch()
    assert texts(tmp_path, "mbox") == {"mbox#1": first, "mbox#2": b"Subject: two\n\n"}


def test_a_folder_of_mh_whose_other_files_are_no_messages(tmp_path: Path) -> None:
    for name in ("1", "12", ",2", ".mh_sequences", "draft"):
        (tmp_path / name).write_text(name)
    assert texts(tmp_path, "mh") == {"1": b"1", "12": b"12"}


def test_what_was_printed_is_cut_at_the_first_field_of_each_message(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    printed = tmp_path / "stdout"
    messages = [marked("0123abcd", number) for number in (1, 2)]
    printed.write_bytes(b"".join(messages))
    keep_printed(printed, out)
    assert list(texts(out, "stdout").values()) == messages
    printed.write_bytes(b"there is nothing new\n")
    keep_printed(printed, out)
    printed.write_bytes(b"\n")
    keep_printed(printed, out)
    assert list(texts(out, "stdout").values()) == [*messages, b"there is nothing new\n"]
