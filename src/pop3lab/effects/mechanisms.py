"""Additional SASL mechanisms, and challenges of all mechanisms (RFC 5034)."""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from pop3lab.core.errors import LoginFailed, NotUnderstood
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.sasl import Channel, SaslExchange, SaslGenerator
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import capa_lines, show_mechanisms
from pop3lab.effects.commands import CallNext, TableChange, wrap
from pop3lab.effects.hooks import CommandHook

_SaslFactory = Callable[[SessionState], SaslGenerator]

_PLUS = b"+ "


def offer_mechanisms(mechanisms: Mapping[str, _SaslFactory]) -> Hooks:
    """Return hooks that offer these mechanisms besides the others, in CAPA and by AUTH."""
    listed = capa_lines(lambda session, lines: show_mechanisms(lines, mechanisms))
    return CommandHook(_accept_mechanisms(mechanisms), listed, "CAPA")


def _accept_mechanisms(mechanisms: Mapping[str, _SaslFactory]) -> TableChange:
    """Return a change by which AUTH accepts these mechanisms, too."""

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        name, initial = mechanism_of(request)
        if name not in mechanisms:
            return call_next(session, request)
        session.mechanism = name
        dialogue = SaslExchange(mechanisms[name](session))
        return session.continue_sasl(dialogue, dialogue.begin(initial))

    return wrap(auth, "AUTH")


def accept_only(names: Collection[str]) -> TableChange:
    """Return a change by which AUTH accepts only these mechanisms; AUTH alone is unchanged.

    If no binding mechanism is left, none was hidden from a client that supports it (RFC 5802
    section 6).
    """
    binds = any(name.endswith("-PLUS") for name in names)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        name = mechanism_of(request)[0]
        if name and name not in names:
            raise NotUnderstood("no such mechanism")
        with _bindings_replaced(session, session.channel.bindings if binds else {}):
            return call_next(session, request)

    return wrap(auth, "AUTH")


def with_bindings(bindings: Callable[[Channel], Mapping[str, bytes]], *verbs: str) -> TableChange:
    """Return a change by which these commands see other channel bindings."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        with _bindings_replaced(session, bindings(session.channel)):
            return call_next(session, request)

    return wrap(override, *verbs)


@contextmanager
def _bindings_replaced(session: SessionState, bindings: Mapping[str, bytes]) -> Iterator[None]:
    """Replace the channel bindings meanwhile."""
    with channel_replaced(session, session.channel._replace(bindings=bindings)):
        yield


@contextmanager
def channel_replaced(session: SessionState, channel: Channel) -> Iterator[None]:
    """Replace the session's channel meanwhile."""
    usual = session.channel
    session.channel = channel
    try:
        yield
    finally:
        session.channel = usual


def mechanism_of(request: Request) -> tuple[str, str | None]:
    """Return the name, in upper case, and the initial response of AUTH, or None."""
    name, *initial = request.arguments or [""]
    return name.upper(), " ".join(initial) if initial else None


def challenge_then_refuse(*challenges: bytes) -> _SaslFactory:
    """Return a mechanism that sends these challenges, then refuses any responses."""

    def begin(session: SessionState) -> SaslGenerator:
        for challenge in challenges:
            _ = yield challenge  # yield from would drop the responses
        raise LoginFailed

    return begin


def challenge_of(reply: Reply) -> bytes | None:
    """Return the text of a challenge after its plus, as sent; None if it is no challenge."""
    if reply.ok is not None or reply.body is None:
        return None
    octets = b"".join(reply.body.chunks)
    return octets[len(_PLUS) :].removesuffix(b"\r\n") if octets.startswith(_PLUS) else None


def decoded_challenge(reply: Reply) -> bytes | None:
    """Return a decoded challenge; None if it is no challenge, or not base64."""
    said = challenge_of(reply)
    try:
        return None if said is None else b64decode(said, validate=True)
    except Base64Error:
        return None


# The NTLM message of a server (MS-NLMP section 2.2.1.2).

_SIGNATURE = b"NTLMSSP\0"
_TYPE = 2
_FLAGS = 0x00028233  # Unicode, OEM, request target, NTLM, always sign, target type domain, info
_CHALLENGE = bytes(range(0x11, 0x19))


def type_2(name: bytes, field: tuple[int, int]) -> bytes:
    """Return a challenge whose target name claims this length and offset."""
    length, offset = field
    fields = struct.pack("<HHI", length & 0xFFFF, length & 0xFFFF, offset & 0xFFFFFFFF)
    head = _SIGNATURE + struct.pack("<I", _TYPE) + fields
    return head + struct.pack("<I", _FLAGS) + _CHALLENGE + bytes(8) + fields + name
