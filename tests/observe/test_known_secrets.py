"""Secrets of clients, in whatever way they are sent: nowhere in what is kept of a session."""

import os
from base64 import b64encode
from io import StringIO
from pathlib import Path

import pytest

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.tokens import StaticTokens, Token, TokenState
from pop3lab.conformance.checker import ClientChecker
from pop3lab.core.config import Limits
from pop3lab.core.events import Event
from pop3lab.observe.event_queue import Listener
from pop3lab.observe.json_events import JsonEvents
from pop3lab.observe.known_secrets import secret_spans
from pop3lab.observe.log import Log
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.observe.transcript_file import TranscriptFile
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.recorder import Recorder
from pop3lab.recording.redaction import Masking
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, sent, session
from tests.immediate import immediate_queue

KNOWN, TOKEN, OTHER, PHRASE = "Xyzzy-42", "t0ken.abc", "hunter22", "correct horse battery"
WEAK = "wombat"  # which looks like a verb


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


PLAIN = [base64(f"\0ann\0{one}") for one in (KNOWN, OTHER)]
BEARER = base64(f"user=ann\1auth=Bearer {TOKEN}\1\1")
REVOKED = "t0ken-old"
FORMS = [KNOWN, TOKEN, REVOKED, OTHER, WEAK, PHRASE, *PLAIN, BEARER]
FORMS += map(base64, (KNOWN, TOKEN, OTHER, PHRASE))

TOKENS = StaticTokens({TOKEN: Token("ann"), REVOKED: Token("ann", TokenState.REVOKED)})
USERS = Authenticator(
    {"ann": KNOWN, "bob": PHRASE}, LoginOptions(TOKENS, allow_oauth_in_clear=True)
)

ANYWHERE = [
    ["USER ann", f"PASS {KNOWN}"],
    ["USER ann", f"pass {OTHER}", f"PASS  {OTHER} "],
    ["USER ann", f"PASS{OTHER}", f"PASS:{OTHER}", f"PASS\t{OTHER}"],
    [f"PAS {OTHER}"],
    [f"PASSWORD {OTHER}", f"PASSWD {OTHER}"],
    [f"PA55 {OTHER}", OTHER, "QUIT"],
    [f"AUTH {OTHER}"],
    [f"AUTH {PLAIN[1]}"],
    [f"AUTH  {OTHER} more", f"AUTH\t{OTHER}"],
    [f"AUTH=PLAIN {PLAIN[1]}", f"AUTHPLAIN {PLAIN[1]}", f"AUTHENTICATE PLAIN {PLAIN[1]}"],
    [f"LOGIN ann {OTHER}"],
    [f"a1 LOGIN ann {OTHER}", f"LOGIN {OTHER}"],
    [PLAIN[1]],
    [base64(OTHER)],
    [BEARER, "NOOP", BEARER],
    ["AUTH PLAIN", PLAIN[1]],
    [f"AUTH PLAIN {PLAIN[1]}", PLAIN[0], PLAIN[1]],
    ["AUTH LOGIN", base64("ann"), base64(OTHER)],
    ["AUTH LOGIN", base64("ann"), base64(OTHER), base64(OTHER), OTHER],
    [f"AUTH LOGIN {base64('ann')}", base64(OTHER)],
    ["AUTH NTLM", base64("ann"), base64(OTHER), "CAPA"],
    ["AUTH NTLM", "ann", OTHER, f"{OTHER} {OTHER}", "CAPA"],
    ["AUTH", base64(OTHER), OTHER],
    ["AUTH PLAIN", "*", PLAIN[1], OTHER],
    ["AUTH PLAIN", f"* {OTHER}", OTHER],
    ["AUTH LOGIN", "*", base64("ann"), base64(OTHER)],
    [f"* {OTHER}", f"*{OTHER}"],
    [f"USER ann\rPASS {OTHER}"],
    [f"USER ann\r{OTHER}", f"USER ann\r\r{OTHER}"],
    [f"NOOP\rPASS {OTHER}", f"NOOP\rLOGIN ann {OTHER}", f"QUIT\rAUTH PLAIN {PLAIN[1]}"],
    [f"USER ann {OTHER}"],
    [f"APOP ann {OTHER}", f"APOP ann 0123 {OTHER}"],
    [f"XTND PASS {OTHER}", f"RPOP {OTHER}"],
    [f"\0ann\0{OTHER}"],
    [f"AUTH XOAUTH2 {BEARER}", ""],
    ["AUTH XOAUTH2", BEARER],
    [f"AUTH OAUTHBEARER {base64(f'n,,^auth=Bearer {TOKEN}')}", f"BEARER {TOKEN}"],
    [f"FOO {OTHER}", OTHER, f"BAR {OTHER}", "NOOP", f"FOO {OTHER}"],
    ["AUTH PLAIN", PLAIN[0], f"FOO {OTHER}", OTHER, "QUIT"],
    ["USER ann", "PASS", WEAK],
    ["USER ann", WEAK],
    ["USER ann", "PASS first", WEAK, "CAPA"],
    ["STLS", f"PASS {WEAK}", WEAK],
    [f"PASS {OTHER}", f"NOOP {OTHER}", f"LIST {OTHER}"],
    [f"AUTH PLAIN {PLAIN[1]}", f"STAT {OTHER}", f"LIST {PLAIN[1]}"],
    ["AUTH PLAIN", PLAIN[1], f"STAT {OTHER}"],
    [f"AUTH XOAUTH2 {BEARER}", "", f"TOP 1 {TOKEN}"],
]
BY_THE_SERVER = [
    ["USER ann", f"PASS {KNOWN}", f"LIST {KNOWN}", f"RETR 1 {KNOWN}", f"TOP {KNOWN} 0"],
    [KNOWN, f"CAPA {KNOWN}", f'NOOP "{KNOWN}"', f"STAT {base64(KNOWN)}"],
    [f"LANG {TOKEN}", f"LANG {REVOKED}", f"LANG ({TOKEN})"],
    [f"NOOP {PLAIN[0]}", f"NOOP {BEARER}", f"NOOP {BEARER.rstrip('=')}"],
    [f"NOOP {PHRASE}", f"QUIT the {PHRASE} now", f"NOOP {base64(PHRASE)}"],
    [f"NOOP {'x ' * 70}{KNOWN}"],
    [f"NOOP password={KNOWN}", f"STAT ann:{KNOWN}", f"LIST pop3://ann:{KNOWN}@host/"],
    [f"STAT \0ann\0{KNOWN}", f"NOOP user=ann\1auth=Bearer {TOKEN}\1\1"],
    [PHRASE, f"NOOP {base64('ann:' + KNOWN)}"],
]


class Kept:
    """All that is kept of a session whose client says these lines, by what keeps it."""

    def __init__(self, lines: list[str], tmp_path: Path, *quirks: str) -> None:
        reader, writer = os.pipe()
        is_secret = USERS.is_secret
        sessions, log = SessionRecorder(is_secret=is_secret), StringIO()
        file, events = StringIO(), JsonEvents(writer, StringIO(), is_secret)
        to_file = TranscriptFile(file, StringIO(), is_secret)
        listeners: list[Listener] = [sessions, Log(log, "json", "debug"), to_file, events]
        record = immediate_queue(listeners)
        listeners.append(ClientChecker(record.publish))
        limits = Limits(bad_before=0, bad_logins=0)
        served = session(users=USERS, limits=limits, sink=record, hooks=rules(*quirks))
        relayed = _Relayed()
        relayed.server(sent(done(served.greeting())))
        for line in lines:
            octets = f"{line}\r\n".encode()
            relayed.client(octets)
            relayed.server(sent(done(fed(served, octets))))
        served.session_ended("closed")
        to_file.write()
        events.close()
        os.close(writer)
        with os.fdopen(reader) as pipe:
            told = pipe.read()
        (one,) = sessions.records
        sessions.transcript.save(tmp_path / "page.html")
        self.recording = relayed.text
        self.served = {
            "transcript": str(one.transcript),
            "file": file.getvalue(),
            "html": one.transcript.html() + (tmp_path / "page.html").read_text(),
            "jsonl": one.transcript.json_lines(),
            "events": told,
            "log": log.getvalue(),
            "session": repr([one, one.lines, one.commands, one.violations]),
        }


class _Relayed:
    """A recording. It knows no users."""

    wants_lines = True

    def __init__(self) -> None:
        self._transcript = TranscriptWriter()
        self.text = ""
        self._hearing = Recorder(1, immediate_queue([Masking([self], addresses=False)]), "client:0")

    def on_event(self, seconds: float, event: Event) -> None:
        self.text += self._transcript.text(seconds, event)

    def client(self, octets: bytes) -> None:
        self._hearing.client(octets)

    def server(self, octets: bytes) -> None:
        self._hearing.server(octets)


def in_clear(text: str) -> list[str]:
    return [form for form in FORMS if form.lower() in text.lower()]


@pytest.mark.parametrize("secret", ["\xe9\xe9", "1234"])
def test_a_secret_of_few_characters(secret: str) -> None:
    assert [*secret_spans(f"NOOP {secret}", 5, secret.__eq__)] == [(5, 5 + len(secret))]


@pytest.mark.parametrize("lines", [*ANYWHERE, *BY_THE_SERVER], ids=repr)
def test_no_secret_is_kept_in_clear(lines: list[str], tmp_path: Path) -> None:
    assert in_clear(" ".join(lines)) or "=" in lines[0]
    kept = Kept(lines, tmp_path)
    for what, text in kept.served.items():
        assert not in_clear(text), f"{what}: {text}"
    assert "****" in kept.served["transcript"]
    if lines in ANYWHERE:
        assert not in_clear(kept.recording), kept.recording
        assert "****" in kept.recording


@pytest.mark.parametrize("lines", [["USER ann", WEAK], [OTHER], ["AUTH PLAIN", "AAAA", WEAK]])
def test_what_the_server_says_again_is_hidden_there(lines: list[str], tmp_path: Path) -> None:
    kept = Kept(lines, tmp_path, 'unknown-command "what is {verb} to me?"')
    for what, text in kept.served.items():
        assert not in_clear(text), f"{what}: {text}"
    stars = "*" * len(lines[-1])
    for what in ("transcript", "file", "html", "events"):
        assert f"what is {stars} to me?" in kept.served[what], what
    known = Kept(["XYZZY 1"], tmp_path, 'unknown-command "what is {verb} to me?"')
    assert "what is XYZZY to me?" in known.served["transcript"]


def test_what_is_no_secret_stays_readable(tmp_path: Path) -> None:
    lines = ["CAPA", "XYZZY", "USER ann", "AUTH PLAIN", PLAIN[0], "XYZZY", "RETR 1", "LIST", "QUIT"]
    kept = Kept(lines, tmp_path)
    said = [line[11:] for line in kept.served["transcript"].splitlines() if " C: " in line]
    assert said == [f"C: {'****' if line == PLAIN[0] else line}" for line in lines]
