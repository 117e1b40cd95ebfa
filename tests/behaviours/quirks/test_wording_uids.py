"""Unique-ids in the form of named servers."""

import re
from string import ascii_letters, digits

import pytest

from pop3lab.behaviours.wording_commands import FORMS
from pop3lab.core.text import MessageText
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.quirks.several import QUIT, Several
from tests.behaviours.ruled import LOGIN
from tests.dialogue import ONE, TWO, memory, play

VALIDITY = 1_877_663_347  # of ann

LOOKS = {
    "hex16": ("000000016feade73", "000000026feade73"),
    "uw": ("6feade7300000001", "6feade7300000002"),
    "decimal": ("1", "2"),
    "cyrus": (f"{VALIDITY}.1", f"{VALIDITY}.2"),
    "cyrus-dash": (f"{VALIDITY}-1", f"{VALIDITY}-2"),
    "stalwart": (f"{VALIDITY}1", f"{VALIDITY}2"),
    "courier": (f"UID1-{VALIDITY}", f"UID2-{VALIDITY}"),
    "courier-uid": ("UID1", "UID2"),
}


def listing(*uids: str) -> str:
    lines = "".join(f"S: {number} {uid}\n" for number, uid in enumerate(uids, 1))
    return f"C: UIDL\nS: +OK ...\n{lines}S: .\n"


@pytest.mark.parametrize("form", LOOKS)
def test_uid_form(form: str) -> None:
    one, two = LOOKS[form]
    several = Several(f"uid-form {form}")
    several.visit(listing(one, two) + f"C: UIDL 2\nS: +OK 2 {two}\n")
    several.visit(listing(one, two) + "C: DELE 1\nS: +OK ...\n")
    assert several.uids == ["2"]
    several.store.add("ann", ONE)
    several.visit("C: UIDL 1\nS: +OK 1 " + two + "\nC: STAT\nS: +OK 2 56\n")


def shown(several: Several) -> list[str]:
    played = several.play(LOGIN)
    uids = [entry.uid for entry in played.state.maildrop.snapshot.entries]
    played.session_ended("closed")
    return uids


@pytest.mark.parametrize("form", FORMS)
def test_uid_form_is_sound_stable_and_never_given_again(form: str) -> None:
    store = memory(*[ONE] * 300)
    several = Several(f"uid-form {form}", store=store)
    first = shown(several)
    assert len(set(first)) == 300
    assert all(re.fullmatch(r"[\x21-\x7e]{1,70}", uid) for uid in first)
    play(several.play(LOGIN), "C: DELE 1\nS: +OK ...\n" + QUIT)
    store.add("ann", TWO)
    second = shown(several)
    assert second[:-1] == first[1:]
    assert second[-1] not in first


def test_uid_form_from_a_digest() -> None:
    several = Several("uid-form zimbra")
    assert shown(several)[0].startswith("1.")
    assert set(shown(several)[0]) <= {*ascii_letters, *digits, "-", "_", "=", "."}
    assert [len(uid) for uid in shown(Several("uid-form popa3d"))] == [16, 16]
    assert [len(uid) for uid in shown(Several("uid-form token"))] == [64, 64]


def test_uid_form_from_another_number_on() -> None:
    Several("uid-form decimal first=6499").visit(listing("6499", "6500"))


def test_uid_form_of_two_users() -> None:
    store = MemoryStore()
    store.add("ann", ONE)
    store.add("mrose", TWO)
    several = Several("uid-form hex16", store=store)
    several.visit(listing("000000016feade73"))
    played = several.play("C: USER mrose\nS: +OK ...\nC: PASS tanstaaf\nS: +OK ...")
    (entry,) = played.state.maildrop.snapshot.entries
    assert entry.uid.startswith("00000001")
    assert entry.uid != "000000016feade73"
    assert isinstance(played.state.maildrop.read(entry.uid), MessageText)
