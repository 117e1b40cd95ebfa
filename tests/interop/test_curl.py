from pathlib import Path

from tests.served import served

from . import accounts
from .client import run
from .compare import assert_arrived
from .folders import Folder, write


def curl(port: int, path: str, home: Path, *options: str) -> str:
    url = f"pop3://127.0.0.1:{port}/{path}"
    return run(["curl", "-sS", "--user", "user:password", *options, url], home)


def test_every_message_arrives(folder: Folder, keywords: tuple[str, ...], tmp_path: Path) -> None:
    with served(write(folder, tmp_path / "drop"), *keywords) as server:
        curl(server.port, f"[1-{len(folder)}]", tmp_path, "--create-dirs", "--output", "out/#1")
        statistics = server.stop().splitlines()

    delivered = [(tmp_path / "out" / str(n)).read_bytes() for n in range(1, len(folder) + 1)]
    assert_arrived(delivered, folder, keywords, accounts.curl)
    assert f"RETR {len(folder)}" in statistics
    assert ("APOP 1" in statistics) == ("minimal" not in keywords)  # curl prefers it


def test_lists_sizes(folder: Folder, tmp_path: Path) -> None:
    with served(write(folder, tmp_path / "drop")) as server:
        listing = curl(server.port, "", tmp_path)

    sizes = [line.split() for line in listing.splitlines()]
    assert sizes == [[str(n), str(len(t))] for n, t in enumerate(folder.values(), 1)]


def test_deletes_one_message(tmp_path: Path) -> None:
    drop = write({"a": b"A: 1\r\n\r\n", "b": b"B: 2\r\n\r\n"}, tmp_path / "drop")
    with served(drop) as server:
        curl(server.port, "1", tmp_path, "--request", "DELE", "--list-only")
        assert [path.name for path in drop.iterdir()] == ["b"]
