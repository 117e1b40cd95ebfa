"""Octets beyond ASCII."""

import pytest

from pop3lab.core.config import ServerCapabilities
from pop3lab.core.maildrop import Maildrop, Store, TextOrChunks
from pop3lab.effects.maildrop_views import ViewMaildrop, listed_messages
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import ONE, done, fed, logged_in, memory, play, sent

EVERY = bytes(octet for octet in range(256) if octet not in (0, 10, 13))


@pytest.mark.parametrize(
    ("form", "octets"),
    [
        ("gbk", r"\xb3\xc9\xb9\xa6"),
        ("latin-1", r"d\xe9j\xe0 vu"),
        ("utf-8", r"\xe6\x88\x90\xe5\x8a\x9f"),
        ("broken", r"\xc3(\xff\xfe\xe6\x88"),
    ],
)
def test_status_8bit(form: str, octets: str) -> None:
    rule = f"status-8bit {form}"
    quirky(rule, transcript=f"S: +OK {octets} ...", greet=True)
    quirky(
        rule,
        transcript=f"""
        C: USER ann
        S: +OK {octets} ...
        C: PASS wrong
        S: -ERR [AUTH] {octets} ...
        C: AUTH PLAIN
        S: +\x20
        C: AGFubgBzZWNyZXQ=
        S: +OK {octets} ...
        C: STAT
        S: +OK 2 56
        C: UIDL 1
        S: +OK 1 1
        C: LIST
        S: +OK {octets} ...
        S: 1 23
        S: 2 33
        S: .
        """,
    )


@pytest.mark.parametrize(
    ("form", "octets"),
    [
        ("title", r"\x1b]0;pop3lab\x07"),
        ("clear", r"\x1b[2J\x1b[H"),
        ("bell", r"\x07"),
        ("backspace", r"\x08" * 40),
    ],
)
def test_status_terminal_escapes(form: str, octets: str) -> None:
    rule = f"status-terminal-escapes {form}"
    greeting = f"S: +OK {octets}...\n"
    quirky(rule, transcript=greeting + LOGIN, greet=True)
    quirky(rule, transcript=f"C: STAT\nS: -ERR {octets}..." + LOGIN)


def test_utf8_mode() -> None:
    played = Several("utf8-mode").session()
    assert b"\r\nUTF8 USER\r\n" in sent(done(fed(played, b"CAPA\r\n")))
    play(played, "C: UTF8\nS: +OK ..." + LOGIN)
    assert played.state.utf8


def test_utf8_mode_that_is_refused() -> None:
    played = Several("utf8-mode err").session(ServerCapabilities(utf8=True))
    assert sent(done(fed(played, b"CAPA\r\n"))).count(b"\r\nUTF8 USER\r\n") == 1
    play(played, "C: UTF8\nS: -ERR UTF8 is not available" + LOGIN)


def test_lang() -> None:
    played = Several("lang").session(ServerCapabilities(languages={}))
    assert sent(done(fed(played, b"CAPA\r\n"))).count(b"\r\nLANG\r\n") == 1
    play(
        played,
        """
        C: LANG
        S: +OK ...
        S: en English
        S: de Deutsch
        S: i-default Default
        S: .
        C: LANG de
        S: +OK de Deutsch
        C: LANG fr
        S: -ERR ...
        C: LANG *
        S: +OK en English
        """,
    )


def test_lang_of_other_languages_or_refused() -> None:
    quirky(
        'lang languages="fr Francais"',
        transcript="C: LANG\nS: +OK ...\nS: fr Francais\nS: .",
    )
    quirky('lang languages=""', transcript="C: LANG *\nS: -ERR ...")
    quirky("lang err", transcript="C: LANG de\nS: -ERR ...")


def test_raw_8bit_mail() -> None:
    several = Several("raw-8bit-mail", store=memory(ONE))
    text = b"X-Octets: " + EVERY + b"\r\n" + ONE + EVERY + b"\r\n"
    several.visit(f"C: LIST 1\nS: +OK 1 {len(text)}\n")
    got = retrieved(several.store)
    assert got == b"+OK %d octets\r\n" % len(text) + text + b".\r\n"
    assert set(EVERY) == set(range(256)) - {0, 10, 13}


class Chunked(MemoryStore):
    """A store that reads in chunks."""

    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)
        chunked = [one.with_filter(_in_two, one.entry.octets) for one in listed_messages(maildrop)]
        return ViewMaildrop(maildrop, chunked)


def _in_two(octets: TextOrChunks) -> TextOrChunks:
    whole = b"".join(octets)
    return iter((whole[:5], whole[5:]))


def test_raw_8bit_mail_of_a_store_that_reads_in_chunks() -> None:
    store = Chunked()
    store.add("ann", ONE)
    assert retrieved(store).endswith(b"\r\n" + ONE + EVERY + b"\r\n.\r\n")


def retrieved(store: Store) -> bytes:
    played = logged_in(
        store, hooks=rules("raw-8bit-mail"), capabilities=ServerCapabilities(utf8=True)
    )
    octets = sent(done(fed(played, b"RETR 1\r\n")))
    played.session_ended("closed")
    return octets
