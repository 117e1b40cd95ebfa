"""AUTH as servers do it (RFC 5034)."""

import json
from collections.abc import Callable, Mapping

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
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, TEXT, WORDS, YES_NO, Parameter, choice

_CONTINUATION = "how a challenge looks"
_GARBAGE = Reply(None, body=raw_body(b"??\r\n"))


def _plus_nospace(server: ServerContext) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return challenge(b"+\r\n") if challenge_of(reply) == b"" else reply

    return ReplyHook(say, "AUTH")


def _plus_text(server: ServerContext, text: str) -> Hooks:
    line = f"+ {text}\r\n".encode("utf-8", "surrogateescape")

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        said = challenge_of(reply)
        prompt = said is not None and session.mechanism == "LOGIN"  # clients ignore the words
        return challenge(line) if prompt or said == b"" else reply

    return ReplyHook(say, "AUTH")


def _ok_instead_of_plus(server: ServerContext) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        first = not request.responds and challenge_of(reply) is not None
        return ok("") if first else reply

    return ReplyHook(say, "AUTH")


def _no_initial(server: ServerContext, text: str, close: str) -> Hooks:
    refusal = Reply(False, text, then=Close() if close == "yes" else None)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        return call_next(session, request) if mechanism_of(request)[1] is None else refusal

    return TableHook(wrap(auth, "AUTH"))


def _long_token(server: ServerContext, octets: int, text: str, close: str) -> Hooks:
    refusal = Reply(False, text, then=Close() if close == "yes" else None)

    def step(line: bytes, inner: Callable[[bytes], SaslOutcome]) -> SaslOutcome:
        return refusal if len(line) + len("\r\n") > octets else inner(line)

    def auth(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        if len(f"AUTH {request.rest or ''}\r\n") > octets:
            return refusal
        answer = call_next(session, request)
        wrap_sasl(session, step)
        return answer

    return TableHook(wrap(auth, "AUTH"))


def _oauth_error(server: ServerContext, status: str, scope: str) -> Hooks:
    reason = json.dumps({"status": status, "schemes": "Bearer", "scope": scope}).encode()
    refusal = challenge_then_refuse(b"", reason)
    return offer_mechanisms({"OAUTHBEARER": refusal, "XOAUTH2": refusal})


def _mech_broken(server: ServerContext, mechanism: str, how: str) -> Hooks:
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


def _chokes(server: ServerContext, at: str, how: str, mechanisms: tuple[str, ...]) -> Hooks:
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


def _only(server: ServerContext, mechanisms: tuple[str, ...]) -> Hooks:
    names = {name.upper() for name in mechanisms}
    listed = capa_lines(lambda session, lines: keep_mechanisms(lines, names))
    return CommandHook(accept_only(names), listed, "CAPA")


def _plus_end_point(server: ServerContext) -> Hooks:
    def bindings(channel: Channel) -> Mapping[str, bytes]:
        if channel.bindings or not channel.end_point:
            return channel.bindings
        return {"tls-server-end-point": channel.end_point}

    return TableHook(with_bindings(bindings, "AUTH", "CAPA"))


def _list_only(server: ServerContext, mechanisms: tuple[str, ...], user: str) -> Hooks:
    def change(session: SessionState, lines: CapaLines) -> CapaLines:
        left = lines if user == "yes" else hide_capabilities(lines, ["USER"])
        return only_mechanisms(left, mechanisms)

    auth = refused("AUTH", text="authentication failed")
    user_too = compose(auth, refused("USER", text="use AUTH"))
    return CommandHook(auth if user == "yes" else user_too, capa_lines(change), "CAPA")


_LOGIN_SASL_ROWS = (
    Behaviour(
        "auth-plus-nospace",
        "an empty challenge is a plus without a space",
        "Exchange 2010 and later (A)",
        _plus_nospace,
        category="login",
        bugs="waits for the space",
        aspect=_CONTINUATION,
    ),
    Behaviour(
        "auth-plus-text",
        "a challenge that says nothing has words in clear, not base64",
        "MailKit#268 (B)",
        _plus_text,
        (Parameter("text", TEXT, "behind the plus", "go ahead"),),
        category="login",
        bugs="MailKit up to 1.2.14: an exception, as that is no base64",
        aspect=_CONTINUATION,
    ),
    Behaviour(
        "auth-ok-instead-of-plus",
        "the first challenge is said as +OK, and a response is wanted all the same",
        "Exchange 2003 with NTLM (MailKit#391, B)",
        _ok_instead_of_plus,
        category="login",
        bugs="MailKit took it for a login, and its CAPA was read as the response",
        aspect=_CONTINUATION,
    ),
    Behaviour(
        "auth-no-ir",
        "refuses an initial response on the line of AUTH",
        "Outlook.com and Office 365 (getmail6#256, jakartaee/mail-api#461, mpop#11, B)",
        _no_initial,
        (
            Parameter("text", TEXT, "behind -ERR", "Protocol error. Connection is closed. 10"),
            Parameter("close", YES_NO, "whether the connection is closed then", "yes"),
        ),
        category="login",
        bugs="the login fails for ever",
    ),
    Behaviour(
        "auth-long-token",
        "refuses a line of AUTH, or a response, of more octets than this",
        "Office 365 (MailKit#1948, B); Dovecot (A)",
        _long_token,
        (
            Parameter("octets", COUNT, "that a line may have, with its CRLF", 4096),
            Parameter("text", TEXT, "behind -ERR", "Input line too long."),
            Parameter("close", YES_NO, "whether the connection is closed then", "yes"),
        ),
        category="login",
        bugs="tries again and again",
    ),
    Behaviour(
        "auth-oauth-error-continuation",
        "says in a challenge why a token is refused, and -ERR only after one more line; all are",
        "Gmail, RFC 7628 section 3.2.3 (A)",
        _oauth_error,
        (
            Parameter("status", TEXT, "in the JSON of the challenge", "400"),
            Parameter("scope", TEXT, "in the JSON of the challenge", "https://mail.google.com/"),
        ),
        category="login",
        bugs="waits for -ERR, as the server waits for the line",
    ),
    Behaviour(
        "auth-mech-broken",
        "offers a mechanism by which nobody can log in",
        "Thunderbird's tests with CRAM-MD5, curl's tests 876 to 881 (A)",
        _mech_broken,
        (
            Parameter("mechanism", TEXT, "which one", "CRAM-MD5"),
            Parameter(
                "how",
                choice("fails", "refused", "drops"),
                "-ERR at its end, -ERR at once, or the connection is closed",
                "fails",
            ),
        ),
        category="login",
        bugs="no other mechanism is tried",
    ),
    Behaviour(
        "auth-cmd-chokes",
        "AUTH without a mechanism, or between USER and PASS, is answered as no RFC says",
        "mechanism list: Dovecot, UW, nginx (A); fetchmail NEWS, Debian #85853 (C)",
        _chokes,
        (
            Parameter("at", choice("alone", "after-user"), "which AUTH", "alone"),
            Parameter("how", choice("list", "garbage", "close"), "what is said", "list"),
            Parameter("mechanisms", WORDS, "the list, if not of those that there are", ()),
        ),
        category="login",
        bugs="the lines of the list are taken for replies",
    ),
    Behaviour(
        "auth-only",
        "AUTH takes no mechanisms but these, or none",
        "PLAIN only: Dovecot; none: hMailServer, tpop3d, Mailpit (A)",
        _only,
        (Parameter("mechanisms", WORDS, "which of those that there are; none if empty", ()),),
        category="login",
        layer=Layer.FIRST,
        against=("sasl-downgrade", "stls-strip-then-apop"),
        needs=("AUTH",),
    ),
    Behaviour(
        "scram-plus-end-point",
        "offers SCRAM with -PLUS under TLS 1.3, too, where it can bind to the certificate only",
        "PostgreSQL 11 and later, which has no other binding (its manual, SASL Authentication, C)",
        _plus_end_point,
        category="login",
        bugs="finds no tls-exporter, and cannot log in: mutt 2.2, neomutt of 2022",
        needs=(
            "TLS",
            "AUTH",
        ),
    ),
    Behaviour(
        "auth-list-only-unusable",
        "offers only mechanisms that clients lack; those who have them are refused",
        "Exchange 2003, beside USER (MailKit#391, B); without USER (D)",
        _list_only,
        (
            Parameter("mechanisms", WORDS, "what is offered", ("NTLM",)),
            Parameter("user", YES_NO, "whether there is USER besides", "no"),
        ),
        category="login",
        bugs="sends the password by a way that is not offered",
        aspect="the answer to USER",
        layer=Layer.FIRST,
    ),
)


# EXTERNAL where nothing outside vouches for anybody (RFC 4422 appendix A).


def _in_clear(server: ServerContext, user: str) -> Hooks:
    def begin(session: SessionState) -> SaslGenerator:
        asked = (yield b"").decode()
        if asked not in ("", user):
            raise LoginFailed
        return user

    return offer_mechanisms({"EXTERNAL": begin})


_LOGIN_EXTERNAL_ROWS = (
    Behaviour(
        "external-in-clear",
        "EXTERNAL is offered without TLS and without a certificate, and logs this user in",
        "servers that go by the client's address (RFC 4422 appendix A names IPsec, D)",
        _in_clear,
        (Parameter("user", TEXT, "who logs in, whether the client names it or nobody", "user"),),
        category="login",
        bugs="takes EXTERNAL for what is left to try, though it has no certificate to show",
    ),
)

ROWS = (*_LOGIN_SASL_ROWS, *_LOGIN_EXTERNAL_ROWS)
