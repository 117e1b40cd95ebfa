import re
import subprocess
import sys
from email import message_from_bytes, policy
from hashlib import sha256

import pytest

from pop3lab.core.errors import ConfigError, MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop
from pop3lab.stores.generated import GeneratedStore, LognormalSizes, UniformSizes, parse_generation


def digest(target: str, user: str = "ann") -> str:
    """Of all that there is."""
    maildrop = GeneratedStore(target).open(user)
    whole = sha256(repr(maildrop.snapshot.entries).encode())
    for entry in maildrop.snapshot.entries:
        whole.update(text(maildrop, entry))
    return whole.hexdigest()[:16]


def text(maildrop: Maildrop, entry: Entry) -> bytes:
    return b"".join(maildrop.read(entry.uid))


def uids(store: GeneratedStore, user: str = "ann") -> list[str]:
    maildrop = store.open(user)
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


# Of this version. A change of it changes what everybody's seeds mean: say so in the changelog.
KNOWN = {
    "gen:1?messages=20&size=512..8KiB&nasty=50%": "96f0dea7d9fa2e72",
    "gen:1?messages=20&size=lognormal": "d68c3d8ba3b4b7e2",
}


@pytest.mark.parametrize(("target", "known"), KNOWN.items())
def test_the_same_everywhere(target: str, known: str) -> None:
    program = f"from tests.stores.test_generated import digest; print(digest({target!r}))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert digest(target) == run.stdout.strip() == known


def test_seeds_users_and_numbers_make_a_difference() -> None:
    same = "?messages=3&size=600"
    digests = {digest("gen:1" + same), digest("gen:2" + same), digest("gen:1" + same, "ben")}
    assert len(digests) == 3
    maildrop = GeneratedStore("gen:1" + same).open("ann")
    assert len({text(maildrop, entry) for entry in maildrop.snapshot.entries}) == 3


@pytest.mark.parametrize("nasty", [0, 100])
def test_p080_messages_have_exactly_the_size_that_was_chosen(nasty: int) -> None:
    maildrop = GeneratedStore(f"gen:x?messages=2000&size=512..6000&nasty={nasty}%").open("ann")
    sizes = set()
    for entry in maildrop.snapshot.entries:
        message = text(maildrop, entry)
        sizes.add(entry.octets)
        assert len(message) == entry.octets
        assert message.endswith(b"\r\n")
        assert message.count(b"\n") == message.count(b"\r\n")
    assert min(sizes) < 600
    assert max(sizes) > 5900


def test_large_messages_come_in_pieces() -> None:
    maildrop = GeneratedStore("gen:x?messages=4&size=3MiB").open("ann")
    for entry in maildrop.snapshot.entries:
        sizes = [len(piece) for piece in maildrop.read(entry.uid)]
        assert sum(sizes) == entry.octets == 3 << 20
        assert max(sizes) < 300_000


def test_messages_are_believable() -> None:
    maildrop = GeneratedStore("gen:x?messages=40&size=2KiB..8KiB").open("ann")
    attached = dots = 0
    for entry in maildrop.snapshot.entries:
        message = message_from_bytes(text(maildrop, entry), policy=policy.default)
        assert not message.defects
        assert message["From"].addresses[0].domain == "example.org"
        assert message["To"].addresses[0].username == "ann"
        assert message["Date"].datetime.year == 2020
        assert message["Subject"]
        for part in message.iter_attachments():
            attached += len(part.get_payload(decode=True))
        dots += b"\r\n." in text(maildrop, entry)
    assert attached > 10_000
    assert dots > 10


@pytest.mark.parametrize("user", ["a\r\nBcc: x", "é", "x" * 300, "", "a b", "\udcff"])
def test_any_name_has_a_maildrop_and_none_gets_into_a_header(user: str) -> None:
    maildrop = GeneratedStore("gen:x?messages=1&size=512").open(user)
    (entry,) = maildrop.snapshot.entries
    assert b"To: <user@example.com>\r\n" in text(maildrop, entry)


def test_p131_p133_unique_ids_are_legal_and_differ() -> None:
    store = GeneratedStore("gen:x?messages=2000&size=512")
    both = uids(store, "ann") + uids(store, "ben")
    assert len(set(both)) == 4000
    assert all(1 <= len(uid) <= 70 and all("!" <= c <= "~" for c in uid) for uid in both)


def test_p135_p139_what_is_deleted_is_gone_for_this_process() -> None:
    store = GeneratedStore("gen:x?messages=5&size=512")
    before = uids(store)
    maildrop = store.open("ann")
    maildrop.delete([before[0], before[3]])
    maildrop.close()
    assert uids(store) == [before[1], before[2], before[4]]
    assert len(uids(store, "ben")) == 5
    assert uids(GeneratedStore("gen:x?messages=5&size=512")) == before


def test_p142_p150_one_session_at_a_time_and_closing_deletes_nothing() -> None:
    store = GeneratedStore("gen:x?messages=5")
    maildrop = store.open("ann")
    with pytest.raises(MaildropBusy):
        store.open("ann")
    store.open("ben").close()
    maildrop.close()
    maildrop.close()
    assert len(uids(store)) == 5
    with pytest.raises(StoreFailed):
        maildrop.read(uids(store)[0])


def test_the_number_of_messages_may_differ_from_user_to_user() -> None:
    store = GeneratedStore("gen:x?messages=0..5&size=512")
    counts = {len(uids(store, f"user{number}")) for number in range(100)}
    assert counts == {0, 1, 2, 3, 4, 5}


def test_very_many_messages_are_opened_aside() -> None:
    assert not GeneratedStore("gen:x?messages=1000").open_waits
    assert GeneratedStore("gen:x?messages=0..1001").open_waits


def test_sizes_as_of_real_maildrops() -> None:
    maildrop = GeneratedStore("gen:x?messages=4000&size=lognormal").open("ann")
    sizes = sorted(entry.octets for entry in maildrop.snapshot.entries)
    assert sizes[0] >= 512
    assert 7000 < sizes[2000] < 9500
    assert 250_000 < sizes[3960] < 700_000


def test_what_a_target_says() -> None:
    assert parse_generation("gen:1").messages == (100, 100)
    spec = parse_generation("gen:any:thing?size=1MiB..2MB&messages=3..7&nasty=100%")
    assert spec.seed == "any:thing"
    assert spec.messages == (3, 7)
    assert spec.size == UniformSizes(1_048_576, 2_000_000)
    assert spec.nasty == 100
    assert parse_generation("gen:1?size=600").size == UniformSizes(600, 600)
    assert isinstance(parse_generation("gen:1?size=lognormal").size, LognormalSizes)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("gen:", "no seed"),
        ("gen:?size=4KiB", "no seed"),
        ("gen:1?mesages=3", "did you mean 'messages'?"),
        ("gen:1?", "only messages, size, nasty"),
        ("gen:1?zzz=3", "only messages, size, nasty"),
        ("gen:1?messages=many", "messages=many"),
        ("gen:1?messages=-1", "messages=-1"),
        ("gen:1?messages=9..3", "smaller"),
        ("gen:1?messages=999999999", "10000000"),
        ("gen:1?size=2KiX", "did you mean 'KiB'?"),
        ("gen:1?size=2kib", "did you mean 'KiB'?"),
        ("gen:1?size=big", "not a size"),
        ("gen:1?size=lognormel", "did you mean 'lognormal'?"),
        ("gen:1?size=100", "512"),
        ("gen:1?size=9KiB..2KiB", "smaller"),
        ("gen:1?size=1KiB..", "not a size"),
        ("gen:1?size=9999GiB", "1024 GiB"),
        ("gen:1?nasty=3", "nasty=3"),
        ("gen:1?nasty=101%", "100%"),
    ],
)
def test_errors_name_the_wrong_part(target: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as error:
        parse_generation(target)
    assert "\n" not in str(error.value)
