from pop3lab.core.text import Text
from pop3lab.stores.kept import Kept
from pop3lab.stores.regular import Regular


def file(name: str, mtime_ns: int = 1) -> Regular:
    return Regular(name, inode=1, octets=4, mtime_ns=mtime_ns)


def test_kept_by_the_very_file() -> None:
    kept = Kept()
    text = kept.keep(file("a"), Text(b"text"))
    assert kept.get(file("a")) is text
    assert kept.get(file("a", mtime_ns=2)) is None
    assert kept.get(file("b")) is None


def test_the_oldest_go_when_there_are_too_many_octets() -> None:
    kept = Kept(octets=10)
    for name in ("a", "b", "c"):
        kept.keep(file(name), Text(b"text"))
    assert [kept.get(file(name)) is not None for name in "abc"] == [False, True, True]
    kept.keep(file("d"), Text(b"longer than all"))
    assert [kept.get(file(name)) is not None for name in "bcd"] == [False, False, False]


def test_the_same_file_again_is_counted_once() -> None:
    kept = Kept(octets=10)
    for _ in range(5):
        kept.keep(file("a"), Text(b"text"))
    kept.keep(file("b"), Text(b"text"))
    assert kept.get(file("a"))
    assert kept.get(file("b"))
