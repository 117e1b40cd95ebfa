"""What is hidden of a recording: addresses and users, octet for octet."""

import pytest

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import Did, Event, Received
from pop3lab.record.masking import Masking, mask_addresses


class Listening:
    lines = True

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, seconds: float, event: Event) -> None:
        self.events.append(event)


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        (b"from [192.0.2.25] by", b"from [000.0.0.00] by"),
        (b"at 2001:db8::25:1 now", b"at 0000:000::00:0 now"),
        (b"Date: Mon, 4 May 2026 09:12:44 +0200", b"Date: Mon, 4 May 2026 09:12:44 +0200"),
        (b"version 1.2.3.4.5 and 1.2.3", b"version 1.2.3.4.5 and 1.2.3"),
        (b"+OK 2 320", b"+OK 2 320"),
    ],
)
def test_addresses_of_the_internet(said: bytes, hidden: bytes) -> None:
    assert mask_addresses(said) == hidden


def test_addresses_of_mail_keep_their_length_and_stay_the_same() -> None:
    said = b"From: Ann <ann.miller@mx.example.org>, cc bob@example.org; ann.miller@mx.example.org"
    hidden = mask_addresses(said)
    assert len(hidden) == len(said)
    for secret in (b"ann.", b"miller", b"bob", b"example"):
        assert secret not in hidden
    first, second = hidden.split(b"<")[1].split(b">")[0], hidden.rsplit(b" ", 1)[1]
    assert first == second
    assert mask_addresses(hidden).count(b"@") == 3


def test_a_user_is_hidden_in_what_the_server_says_of_him() -> None:
    masking = Masking([heard := Listening()])
    masking.note(0.0, Received(1, b"USER johnny\r"))
    masking.note(0.0, Did(1, Send(b"+OK hello johnny, and johnny\r\n", Part.HEAD)))
    masking.note(0.0, Did(2, Send(b"+OK johnny of another session\r\n", Part.HEAD)))
    line, said, other = heard.events
    assert isinstance(line, Received)
    assert b"johnny" not in line.line
    assert len(line.line) == len(b"USER johnny\r")
    assert b"johnny" not in said.action.data  # type: ignore[union-attr]
    assert len(said.action.data) == len(b"+OK hello johnny, and johnny\r\n")  # type: ignore[union-attr]
    assert b"johnny" in other.action.data  # type: ignore[union-attr]


def test_messages_stay_as_they_are_unless_they_are_to_be_masked() -> None:
    said = b"+OK from 192.0.2.1\r\nFrom: ann@example.org\r\n  +OK 192.0.2.1\r\n.\r\n"
    shown = []
    for messages in (False, True):
        masking = Masking([heard := Listening()], messages)
        masking.note(0.0, Did(1, Send(said, Part.HEAD)))
        shown.append(heard.events[0].action.data)  # type: ignore[union-attr]
    assert shown[0] == said.replace(b"+OK from 192.0.2.1", b"+OK from 000.0.0.0")
    assert b"ann@example" not in shown[1]
    assert b"192" not in shown[1]
    assert len(shown[1]) == len(said)
