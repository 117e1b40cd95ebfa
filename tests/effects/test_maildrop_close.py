"""How a session parts with its maildrop."""

import pytest

from pop3lab.core.errors import MaildropBusy
from pop3lab.effects.maildrop_close import CloseHook
from tests.dialogue import ONE, TWO, memory


def test_it_tells_once_before_the_lock_is_released() -> None:
    store = memory(ONE)
    told: list[str] = []

    def closes() -> None:
        with pytest.raises(MaildropBusy):
            store.open("ann")
        told.append("closes")

    parting = CloseHook(store.open("ann"), closes=closes)
    parting.close()
    parting.close()
    assert told == ["closes"]
    store.open("ann").close()


def test_it_asks_what_really_goes() -> None:
    store = memory(ONE, TWO)
    read: list[str] = []
    parting = CloseHook(store.open("ann"), reads=read.append, deletes=lambda uids: ["2"])
    assert b"".join(parting.read("1")) == ONE
    assert not parting.delete_waits([])
    parting.delete(["1"])
    parting.close()
    assert read == ["1"]
    assert [entry.uid for entry in store.open("ann").snapshot.entries] == ["1"]
