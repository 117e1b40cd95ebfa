"""Names in a Maildir as other programs leave them, and as they come by chance."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.unique_ids import legal_uid

UNIQUE = "1700000001.M1P2Q3.host"

# For the colon, and who writes it.
SEPARATORS = {
    ":": "nearly all",
    ";": "isync, mu, mutt and go-maildir on Windows",
    "!": "OfflineIMAP, Evolution, Python's mailbox on Windows",
    "-": "Windows",
    "\uf03a": "Cygwin, WSL, SMB from Linux",
    "\uf022": "SMB from macOS, and from Linux",
    "_": "NeoMutt, which takes any character",
    "+": "NeoMutt",
    "%": "NeoMutt",
    "\uff1a": "rclone",
    "\udcf7": "a file system of octets",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def uids(path: Path) -> list[str]:
    maildrop = MaildirStore(str(path)).open("ann")
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_p135_flags_are_no_part_of_the_unique_id(path: Path, separator: str) -> None:
    file = path / "new" / UNIQUE
    file.write_bytes(b"x\r\n")
    assert uids(path) == [UNIQUE]
    for info in ("2,", "2,S", "2,RS", "2,FRSab", "1,"):
        file = file.rename(path / "cur" / f"{UNIQUE}{separator}{info}")
        assert uids(path) == [UNIQUE], info


@pytest.mark.parametrize("separator", SEPARATORS)
def test_flags_of_a_program_that_does_not_know_anothers(path: Path, separator: str) -> None:
    (path / "cur" / f"{UNIQUE}{separator}2,S:2,RS").write_bytes(b"x\r\n")
    assert uids(path) == [UNIQUE]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_message_is_found_again_under_other_flags(path: Path, separator: str) -> None:
    file = path / "new" / UNIQUE
    file.write_bytes(b"x\r\n")
    maildrop = MaildirStore(str(path)).open("ann")
    file = file.rename(path / "cur" / f"{UNIQUE}{separator}2,S")
    assert b"".join(maildrop.read(UNIQUE)) == b"x\r\n"
    file.rename(path / "cur" / f"{UNIQUE}{separator}2,RS")
    maildrop.delete([UNIQUE])
    maildrop.close()
    assert os.listdir(path / "cur") == []


@pytest.mark.parametrize(
    "unique",
    [
        "1700000001.M1P2V3.my-2,S=10",
        "1700000001.M1P2V3.my-2,S=10,W=11",
        "1700000001.M1P2.host.2,S=2",
        "1700000001.M1P2.host,S=2,W=2",
        "1700000001.M1P2.host\\0722",
        "1700000001.M1P2.host-2",
        "a;b!c-d",
        "1700000001.1_2.host;2",
        "letter 2,final",
        "12,S",
    ],
)
def test_what_only_looks_like_flags_is_part_of_it(path: Path, unique: str) -> None:
    (path / "new" / unique).write_bytes(b"x\r\n")
    assert uids(path) == [legal_uid(unique)]
    (path / "new" / unique).rename(path / "cur" / f"{unique}:2,S")
    assert uids(path) == [legal_uid(unique)]


def test_the_same_unique_part_with_two_separators_is_two_messages(path: Path) -> None:
    (path / "cur" / f"{UNIQUE}:2,S").write_bytes(b"one\r\n")
    (path / "cur" / f"{UNIQUE};2,S").write_bytes(b"two\r\n")
    found = uids(path)
    assert UNIQUE in found
    assert len(set(found)) == 2


OCTETS = st.binary(min_size=1, max_size=40) | st.sampled_from(
    [os.fsencode(f"{UNIQUE}{separator}2,S") for separator in SEPARATORS]
)
NAMES = st.lists(
    st.tuples(
        st.sampled_from([b"new", b"cur"]),
        OCTETS.map(lambda name: name.replace(b"\0", b"0").replace(b"/", b"-")),
        st.booleans(),
    ),
    max_size=12,
)


Found = list[tuple[bytes, bytes, bool]]  # folders, names, and whether they will be moved


def put(root: Path, found: Found) -> dict[bytes, bytes]:
    """Files of these names; what is no message are those with a dot in front."""
    texts: dict[bytes, bytes] = {}
    for name in ("new", "cur", "tmp"):
        (root / name).mkdir()
    for number, (folder, plain, _) in enumerate(found):
        if plain not in (b".", b".."):
            path = os.path.join(os.fsencode(root), folder, plain)
            with open(path, "wb") as file:
                file.write(b"%d\r\n" % number)
            if plain[:1] != b".":
                texts[path] = b"%d\r\n" % number
    return texts


@pytest.mark.slow
@settings(max_examples=150)
@given(NAMES)
def test_names_by_chance(found: Found) -> None:
    """All are listed, read and deleted, each under a legal unique-id of its own, which lasts."""
    with TemporaryDirectory() as root:
        texts = put(Path(root), found)
        store = MaildirStore(root)
        maildrop = store.open("ann")
        entries = list(maildrop.snapshot.entries)
        read = {entry.uid: b"".join(maildrop.read(entry.uid)) for entry in entries}
        assert sorted(read.values()) == sorted(texts.values())
        assert all(1 <= len(uid) <= 70 and uid.isascii() and uid.isprintable() for uid in read)
        removed = [entry.uid for entry in entries if int(read[entry.uid]) % 2]
        maildrop.delete(removed)
        maildrop.close()
        again = MaildirStore(root).open("ann")
        assert [b"".join(again.read(entry.uid)) for entry in again.snapshot.entries] == [
            read[entry.uid] for entry in entries if entry.uid not in removed
        ]
        again.close()


@pytest.mark.slow
@settings(max_examples=150)
@given(NAMES)
def test_names_that_change_by_chance_in_a_session(
    found: Found,
) -> None:
    """Files go, and come under others' names: never is anything raised but StoreFailed."""
    with TemporaryDirectory() as root:
        texts = put(Path(root), found)
        try:
            maildrop = MaildirStore(root).open("ann")
        except StoreFailed:
            return
        paths = sorted(texts)
        for (_, _, moved), path in zip(found, paths, strict=False):
            target = paths[sum(path) % len(paths)] if moved else path + b":2,S"
            if os.path.exists(path) and len(os.path.basename(target)) < 255:
                os.rename(path, target)
        uids = [entry.uid for entry in maildrop.snapshot.entries]
        for uid in uids:
            try:
                assert b"".join(maildrop.read(uid)) in texts.values()
            except StoreFailed:
                pass
        left = len([*Path(root).rglob("*")])
        try:
            maildrop.delete(uids)
        except StoreFailed:
            assert len([*Path(root).rglob("*")]) == left
        maildrop.close()
