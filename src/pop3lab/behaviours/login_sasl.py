"""AUTH and its SASL mechanisms (RFC 5034)."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pop3lab.core.actions import Close
from pop3lab.core.errors import LoginFailed
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, challenge, err, listing, ok
from pop3lab.core.request import Authenticated, Request
from pop3lab.core.sasl import Channel, SaslGenerator
from pop3lab.core.state import SessionState
from pop3lab.effects.capabilities import (
    CapaLines,
    capa_lines,
    hide_capabilities,
    keep_mechanisms,
    only_mechanisms,
    show_mechanisms,
)
from pop3lab.effects.commands import CallNext, TableHook, compose, refused, wrap
from pop3lab.effects.hooks import CommandHook, ReplyHook
from pop3lab.effects.listings import raw_body
from pop3lab.effects.logins import SaslOutcome, replace_login, wrap_sasl
from pop3lab.effects.mechanisms import (
    accept_only,
    challenge_of,
    challenge_then_refuse,
    mechanism_of,
    offer_mechanisms,
    with_bindings,
)
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, WordList

quirk = BehaviourDecorator("quirk", category="login")

_CONTINUATION = "how a challenge looks"

_Text = Annotated[str, "text after -ERR"]
_Close = Annotated[bool, "whether the connection is then closed"]


@quirk(
    "sends an empty challenge as a plus without a space",
    source="Exchange 2010 and later (A)",
    bugs="waits for the space",
    aspect=_CONTINUATION,
)
def auth_plus_nospace() -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return challenge(b"+\r\n") if challenge_of(reply) == b"" else reply

    return ReplyHook(say, "AUTH")


@quirk(
    "sends plain text instead of base64 in challenges without data",
    source="MailKit#268 (B)",
    bugs="MailKit up to 1.2.14 raised an exception because the text is not base64",
    aspect=_CONTINUATION,
)
def auth_plus_text(text: Annotated[str, "text after the plus"] = "go ahead") -> Hooks:
    line = f"+ {text}\r\n".encode("utf-8", "surrogateescape")

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        data = challenge_of(reply)
        prompt = data is not None and session.mechanism == "LOGIN"  # clients ignore the words
        return challenge(line) if prompt or data == b"" else reply

    return ReplyHook(say, "AUTH")


@quirk(
    "sends +OK instead of the first challenge, then expects a response",
    source="Exchange 2003 with NTLM (MailKit#391, B)",
    bugs="MailKit took it for a successful login, and the server read its CAPA as the response",
    aspect=_CONTINUATION,
)
def auth_ok_instead_of_plus() -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        first = not request.responds and challenge_of(reply) is not None
        return ok("") if first else reply

    return ReplyHook(say, "AUTH")


@quirk(
    "refuses an initial response in the AUTH command",
    source="Outlook.com and Office 365 (getmail6#256, jakartaee/mail-api#461, mpop#11, B)",
    bugs="the login always fails",
)
def auth_no_ir(
    text: _Text = "Protocol error. Connection is closed. 10", close: _Close = True
) -> Hooks:
    refusal = _refusal(text, close)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        return call_next(session, request) if mechanism_of(request)[1] is None else refusal

    return TableHook(wrap(auth, "AUTH"))


def _refusal(text: str, close: bool) -> Reply:
    return Reply(False, text, then=Close() if close else None)


@quirk(
    "refuses an AUTH command or response that exceeds a maximum length",
    source="Office 365 (MailKit#1948, B); Dovecot (A)",
    bugs="retries in a loop",
)
def auth_long_token(
    octets: Annotated[Count, "maximum length of a line, including CRLF"] = 4096,
    text: _Text = "Input line too long.",
    close: _Close = True,
) -> Hooks:
    refusal = _refusal(text, close)

    def step(line: bytes, inner: Callable[[bytes], SaslOutcome]) -> SaslOutcome:
        return refusal if len(line) + len("\r\n") > octets else inner(line)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if len(f"AUTH {request.rest or ''}\r\n") > octets:
            return refusal
        answer = call_next(session, request)
        wrap_sasl(session, step)
        return answer

    return TableHook(wrap(auth, "AUTH"))


_InChallenge = Annotated[str, "the field of this name in the JSON of the challenge"]


@quirk(
    "refuses each OAuth token: a challenge gives the reason, -ERR follows the client's next line",
    source="Gmail, RFC 7628 section 3.2.3 (A)",
    bugs="waits for -ERR while the server waits for the line",
)
def auth_oauth_error_continuation(
    status: _InChallenge = "400", scope: _InChallenge = "https://mail.google.com/"
) -> Hooks:
    reason = json.dumps({"status": status, "schemes": "Bearer", "scope": scope}).encode()
    refusal = challenge_then_refuse(b"", reason)
    return offer_mechanisms({"OAUTHBEARER": refusal, "XOAUTH2": refusal})


@quirk(
    "offers a mechanism that fails every login",
    source="Thunderbird's tests with CRAM-MD5, curl's tests 876 to 881 (A)",
    bugs="tries no other mechanism",
)
def auth_mech_broken(
    mechanism: Annotated[str, "the mechanism"] = "CRAM-MD5",
    how: Annotated[
        Literal["fails", "refused", "drops"],
        "-ERR after the exchange, immediate -ERR, or a closed connection",
    ] = "fails",
) -> Hooks:
    name = mechanism.upper()
    failed = err("authentication failed", "AUTH")
    fails_late = replace_login(failed)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if mechanism_of(request)[0] != name:
            return call_next(session, request)
        if how == "drops":
            return Reply(None, then=Close())
        known = any(offered.name == name for offered in session.mechanisms())
        return fails_late(session, request, call_next) if known and how == "fails" else failed

    listed = capa_lines(lambda session, lines: show_mechanisms(lines, [name]))
    return CommandHook(wrap(auth, "AUTH"), listed, "CAPA")


_GARBAGE = Reply(None, body=raw_body(b"??\r\n"))


@quirk(
    "answers AUTH without a mechanism, or AUTH after USER, in a nonstandard way",
    source="mechanism list: Dovecot, UW, nginx (A); fetchmail NEWS, Debian #85853 (C)",
    bugs="mistakes the lines of the list for replies",
)
def auth_cmd_chokes(
    at: Annotated[
        Literal["alone", "after-user"], "AUTH without a mechanism, or AUTH after USER"
    ] = "alone",
    how: Annotated[Literal["list", "garbage", "close"], "the answer"] = "list",
    mechanisms: Annotated[WordList, "the list; empty for the available mechanisms"] = (),
) -> Hooks:
    def chokes(session: SessionState, request: Request) -> bool:
        return session.pending_user is not None if at == "after-user" else not request.arguments

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if not chokes(session, request):
            return call_next(session, request)
        if how == "list":
            names = mechanisms or [mechanism.name for mechanism in session.mechanisms()]
            return listing("", [f"{name}\r\n".encode() for name in names])
        return _GARBAGE if how == "garbage" else Reply(None, then=Close())

    return TableHook(wrap(auth, "AUTH"))


@quirk(
    "restricts AUTH to some mechanisms, or to none",
    source="PLAIN only: Dovecot; none: hMailServer, tpop3d, Mailpit (A)",
    layer=Layer.FIRST,
    against=("sasl-downgrade", "stls-strip-then-apop"),
    needs=("AUTH",),
)
def auth_only(
    mechanisms: Annotated[WordList, "the mechanisms kept of those available; empty for none"] = (),
) -> Hooks:
    names = {name.upper() for name in mechanisms}
    listed = capa_lines(lambda session, lines: keep_mechanisms(lines, names))
    return CommandHook(accept_only(names), listed, "CAPA")


@quirk(
    "offers SCRAM-PLUS even under TLS 1.3, where it can bind only to the certificate",
    source="PostgreSQL 11 and later, which has no other binding (its manual, SASL Authentication,"
    " C)",
    bugs="finds no tls-exporter binding and cannot log in: mutt 2.2, neomutt of 2022",
    needs=("TLS", "AUTH"),
)
def scram_plus_end_point() -> Hooks:
    def bindings(channel: Channel) -> Mapping[str, bytes]:
        if channel.bindings or not channel.end_point:
            return channel.bindings
        return {"tls-server-end-point": channel.end_point}

    return TableHook(with_bindings(bindings, "AUTH", "CAPA"))


@quirk(
    "offers only mechanisms that clients lack, and refuses those that have them",
    source="Exchange 2003, beside USER (MailKit#391, B); without USER (D)",
    bugs="sends the password by a method that is not offered",
    aspect="the reply to USER",
    layer=Layer.FIRST,
)
def auth_list_only_unusable(
    mechanisms: Annotated[WordList, "the offered mechanisms"] = ("NTLM",),
    user: Annotated[bool, "whether USER works, too"] = False,
) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        left = lines if user else hide_capabilities(lines, ["USER"])
        return only_mechanisms(left, mechanisms)

    auth = refused("AUTH", text="authentication failed")
    both = compose(auth, refused("USER", text="use AUTH"))
    return CommandHook(auth if user else both, capa_lines(change), "CAPA")


@quirk(
    "offers EXTERNAL without TLS or a client certificate, and logs a fixed user in",
    source="servers that go by the client's address (RFC 4422 appendix A names IPsec, D)",
    bugs="tries EXTERNAL as a last resort although it has no certificate",
)
def external_in_clear(
    user: Annotated[str, "the user, whom the client may name or leave out"] = "user",
) -> Hooks:
    def begin(session: SessionState) -> SaslGenerator:
        asked = (yield b"").decode()
        if asked not in ("", user):
            raise LoginFailed
        return user

    return offer_mechanisms({"EXTERNAL": begin})
