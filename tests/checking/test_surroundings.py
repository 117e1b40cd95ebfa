"""What a client does to files that are not its own."""

from pathlib import Path

from pop3lab.checking.surroundings import Surroundings


def test_files_that_are_made_changed_or_removed_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    surroundings = Surroundings(str(tmp_path), "case")
    (tmp_path / "case" / "mail").write_text("own")
    assert surroundings.touched() == []
    (tmp_path / "made").write_text("x")
    (tmp_path / "neighbour").write_text("changed")
    assert surroundings.touched() == [str(tmp_path / "made"), str(tmp_path / "neighbour")]
    (tmp_path / "neighbour").unlink()
    assert surroundings.touched() == [str(tmp_path / "neighbour")]
    assert surroundings.touched() == []
