"""Attacks on how a client proves who it is by AUTH (RFC 5034)."""

from base64 import b64encode
from collections.abc import Callable, Mapping

from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, challenge, err
from pop3lab.core.request import GREETING, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import (
    CapaLines,
    capa_lines,
    hide_capabilities,
    only_mechanisms,
    show_capability,
)
from pop3lab.effects.commands import (
    CallNext,
    TableHook,
    compose,
    with_overrides,
    without_commands,
    wrap,
)
from pop3lab.effects.hooks import CommandHook, ReplyHook
from pop3lab.effects.logins import SaslOutcome, wrap_sasl
from pop3lab.effects.mechanisms import (
    challenge_of,
    challenge_then_refuse,
    channel_replaced,
    decoded_challenge,
    mechanism_of,
    offer_mechanisms,
    type_2,
)
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, TEXT, Parameter, choice

_CHALLENGE = "what a challenge holds"
_BAD = {
    "padding": b"====",
    "odd": b"YWJjZ",
    "letters": b"not base64!",
    "inner": b"YW==JjZA==",
    "8-bit": b"\xe9\xff\x80",
}
_STRONG = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")
_WEAK = ("PLAIN", "LOGIN")


class _Downgrade(CommandHook):
    """Once a strong mechanism was tried, in whatever session, only weak ones are left."""

    def __init__(self, server: ServerContext) -> None:
        self._tried: set[str] = set()  # by all sessions
        table = compose(without_commands("STLS"), wrap(self._auth, "AUTH"))
        super().__init__(table, capa_lines(self._lines), "CAPA")

    def _auth(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        name = mechanism_of(request)[0]
        if name not in _STRONG:
            return call_next(session, request)
        self._tried.add(name)
        return err("authentication failed", "AUTH")

    def _lines(self, session: SessionState, lines: CapaLines) -> CapaLines:
        if self._tried:
            return only_mechanisms(show_capability(lines, b"USER"), _WEAK)
        return only_mechanisms(hide_capabilities(lines, ["USER"]), _STRONG)


class _Static(LateEffect):
    """What is new in each session by the book is always the same."""

    def __init__(self, server: ServerContext, challenge: str, nonce: str) -> None:
        self._challenge = challenge
        self._nonce = nonce

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {"AUTH": self._auth})

    def _auth(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if mechanism_of(request)[0].removesuffix("-PLUS") not in _STRONG:
            return call_next(session, request)
        channel = session.channel._replace(challenge=self._challenge, nonce=self._nonce)
        with channel_replaced(session, channel):
            answer = call_next(session, request)
        if isinstance(answer, Reply) and challenge_of(answer):
            self.claim()
        wrap_sasl(session, self._step)
        return answer

    def _step(self, line: bytes, inner: Callable[[bytes], SaslOutcome]) -> SaslOutcome:
        """SCRAM has the nonce in its first challenge that says something."""
        outcome = inner(line)
        if isinstance(outcome, bytes):
            self.claim()
        return outcome


def _bad_base64(server: ServerContext, kind: str) -> Hooks:
    return _challenges(b"+ " + _BAD[kind] + b"\r\n")


def _huge_challenge(server: ServerContext, octets: int) -> Hooks:
    return _challenges(b"+ " + b64encode(bytes(octets)) + b"\r\n")


def _challenges(line: bytes) -> Hooks:
    """Each challenge becomes this one."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply if challenge_of(reply) is None else challenge(line)

    return ReplyHook(say, "AUTH")


def _ntlm(server: ServerContext, length: int, offset: int) -> Hooks:
    return offer_mechanisms({"NTLM": challenge_then_refuse(b"", type_2(b"LAB", (length, offset)))})


def _digest_md5(server: ServerContext, octets: int, kind: str) -> Hooks:
    long = "x" * octets
    realm, nonce = ("lab", long) if kind == "nonce" else (long, "OA6MG9tEQGm2hh")
    first = f'realm="{realm}",nonce="{nonce}",qop="auth",charset=utf-8,algorithm=md5-sess'
    proof = b"rspauth=" + b"0" * 32
    return offer_mechanisms({"DIGEST-MD5": challenge_then_refuse(first.encode("ascii"), proof)})


def _scram(server: ServerContext, kind: str, iterations: int) -> Hooks:
    def changed(message: bytes) -> bytes:
        if kind == "signature" and message.startswith(b"v="):
            return b"v=" + b64encode(bytes(32))
        if kind == "iterations" and message.startswith(b"r="):
            return message.rpartition(b",i=")[0] + b",i=%d" % iterations
        return message

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        message = decoded_challenge(reply)
        if message is None:
            return reply
        return challenge(b"+ " + b64encode(changed(message)) + b"\r\n")

    return ReplyHook(say, "AUTH")


class _Echo:
    """A dialogue that wants the same again, until it is cancelled."""

    def step(self, line: bytes) -> bytes:
        if line == b"*":
            raise NotUnderstood("cancelled")
        return b"+ \r\n"


def _echo_trap(server: ServerContext) -> Hooks:
    def again(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        trap = _Echo()
        return session.continue_sasl(trap, trap.step(b""))

    return TableHook(wrap(again, "AUTH", "PASS"))


_LOGIN_ROWS = (
    Behaviour(
        "sasl-downgrade",
        "offers only strong mechanisms, lets them fail, and then has only weak ones; no TLS",
        "somebody in between; curl's tests 879 to 881 (A)",
        _Downgrade,
        family="attack",
        category="login",
        bugs="sends the password in clear where it had not to",
        aspect="what SASL lists",
        layer=Layer.FIRST,
        against=(
            "auth-mech-broken",
            "scram-plus-end-point",
        ),
    ),
    Behaviour(
        "sasl-bad-base64",
        "challenges are no base64",
        "an attacker's server; MailKit#268 (B)",
        _bad_base64,
        (Parameter("kind", choice(*_BAD), "what they are", "padding"),),
        family="attack",
        category="login",
        bugs="an exception; memory of the client in its next line (fetchmail CVE-2012-3482)",
        aspect=(_CHALLENGE, "how a challenge looks"),
    ),
    Behaviour(
        "sasl-huge-challenge",
        "challenges are of very many octets",
        "an attacker's server (D)",
        _huge_challenge,
        (Parameter("octets", COUNT, "before base64", 10_000_000),),
        family="attack",
        category="login",
        bugs="memory without bounds",
        aspect=(_CHALLENGE, "how a challenge looks"),
    ),
    Behaviour(
        "sasl-static-challenge",
        "CRAM-MD5's challenge, and the server's part of SCRAM's nonce, are the same in each"
        " session; the right response logs in",
        "somebody in between, who has seen a session: a weakness of the protocol (RFC 2195)",
        _Static,
        (
            Parameter("challenge", TEXT, "CRAM-MD5's", "<1896.697170952@postoffice.example.net>"),
            Parameter("nonce", TEXT, "SCRAM's", "3rfcNHYJY1ZVvWVs7j"),
        ),
        family="attack",
        category="login",
        bugs="a response seen once logs in for ever",
        aspect=_CHALLENGE,
        against=("sasl-downgrade", "auth-echo-trap"),
    ),
    Behaviour(
        "ntlm-type2-offsets",
        "offers NTLM; the target name of its challenge lies beyond the end of the message",
        "an attacker's server; fetchmail CVE-2012-3482, Thunderbird CVE-2026-113868 (C)",
        _ntlm,
        (
            Parameter("length", COUNT, "of the name, as the message says", 0xFFFF),
            Parameter("offset", COUNT, "of the name, as the message says", 0x7FFFFFFF),
        ),
        family="attack",
        category="login",
        bugs="memory of the client in its next line",
        aspect="the challenge of NTLM",
    ),
    Behaviour(
        "digest-md5-long-realm",
        "offers DIGEST-MD5 with a very long realm or nonce, then a wrong rspauth, then refuses",
        "an attacker's server; curl CVE-2013-0249 (C)",
        _digest_md5,
        (
            Parameter("octets", COUNT, "how long", 2000),
            Parameter("kind", choice("realm", "nonce"), "which of the two", "realm"),
        ),
        family="attack",
        category="login",
        bugs="an overflow of the stack; goes on behind a wrong rspauth",
        aspect="the challenge of DIGEST-MD5",
    ),
    Behaviour(
        "scram-bad-final",
        "SCRAM with a wrong signature of the server, or with a strange count of iterations",
        "an attacker's server (D)",
        _scram,
        (
            Parameter("kind", choice("signature", "iterations"), "what is wrong", "signature"),
            Parameter("iterations", COUNT, "that many, if that is wrong", 2**31),
        ),
        family="attack",
        category="login",
        bugs="takes the server for the right one; computes for hours",
    ),
    Behaviour(
        "auth-echo-trap",
        "asks for the password again and again, by AUTH and behind PASS",
        "an attacker's server (D)",
        _echo_trap,
        family="attack",
        category="login",
        bugs="sends the password each time",
        layer=Layer.FIRST,
        takes=("login",),
    ),
)


# Timestamps that make APOP betray the password (RFC 1939 section 7).

_STAMP = "the timestamp"
_BLOCK = 64  # octets that MD5 takes at once


def _with_stamp(stamp_of: Callable[[SessionState], str]) -> Hooks:
    """Another timestamp: in the greeting, and for the digest of APOP that is checked later."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        own = session.timestamp
        if not own or own not in reply.text:
            return reply
        session.timestamp = stamp_of(session)
        return reply._replace(text=reply.text.replace(own, session.timestamp))

    return ReplyHook(say, GREETING.verb)


def _inner(session: SessionState) -> str:
    return session.timestamp[1:-1]


_FORMS: dict[str, Callable[[SessionState], str]] = {
    "8-bit": lambda session: f"<\xa7\xe9\xff{_inner(session)}>",
    "control": lambda session: f"<\x01\x1b\x7f{_inner(session)}>",
    "nul": lambda session: f"<{_inner(session)}\0>",
    "no-at": lambda session: f"<{_inner(session).partition('@')[0]}>",
    "two": lambda session: f"<<{_inner(session)}>",
    "empty": lambda session: "<>",
    "space": lambda session: f"<{_inner(session).replace('@', ' @ ')}>",
}


def _nonrfc(server: ServerContext, kind: str) -> Hooks:
    return _with_stamp(_FORMS[kind]) if kind in _FORMS else _block(server, _BLOCK - 1)


def _block(server: ServerContext, octets: int) -> Hooks:
    """Filled up to so many octets: what of the password shares a block of MD5 is up to us."""

    def stamp(session: SessionState) -> str:
        name, at, host = _inner(session).partition("@")
        filler = "x" * (octets - len(name + at + host) - len("<>"))
        return f"<{name}{filler}{at}{host}>"

    return _with_stamp(stamp)


def _static(server: ServerContext, stamp: str) -> Hooks:
    return _with_stamp(lambda session: stamp)


def _redos(server: ServerContext, octets: int) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="<" * octets)

    return ReplyHook(say, GREETING.verb)


_LOGIN_APOP_ROWS = (
    Behaviour(
        "apop-nonrfc-stamp",
        "the timestamp is no msg-id of RFC 822; APOP takes its digest all the same",
        "somebody in between; CVE-2007-1558 (C)",
        _nonrfc,
        (
            Parameter(
                "kind",
                choice(*_FORMS, "block"),
                "what it has, or has not; block: 63 octets, so that one of the password fills "
                "a block of MD5",
                "8-bit",
            ),
        ),
        family="attack",
        category="login",
        bugs="Thunderbird, Evolution, mutt, fetchmail before 6.3.8: the password leaks",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
    Behaviour(
        "apop-static-stamp",
        "the timestamp is the same in each session",
        "somebody in between: a weakness of the protocol",
        _static,
        (Parameter("stamp", TEXT, "with its brackets", "<1896.697170952@dbc.mtview.ca.us>"),),
        family="attack",
        category="login",
        bugs="a digest seen once logs in for ever, or is looked up",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
    Behaviour(
        "apop-redos",
        "greets with very many brackets that are never closed",
        "an attacker's server; poplib CVE-2018-1060 (C)",
        _redos,
        (Parameter("octets", COUNT, "how many", 200_000),),
        family="attack",
        category="login",
        bugs="poplib's regular expression took time with the square of their number",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
)

ROWS = (*_LOGIN_ROWS, *_LOGIN_APOP_ROWS)
