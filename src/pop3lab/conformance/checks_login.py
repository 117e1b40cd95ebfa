"""Checks of logins: credentials, repeated attempts, TLS."""

from collections.abc import Iterator

from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.violation import Violation
from pop3lab.core.request import State

CLEAR_THOUGH_TLS = Violation(
    "password-in-clear-though-tls",
    "SHOULD",
    "RFC 2595 section 2.1, RFC 8314 section 3",
    "a password was sent without TLS although the server had offered STLS",
    "The server had offered TLS in CAPA, and the client knew it. Anybody who can read the network "
    "now has the password. A test that offers STLS expects the client to use it.",
)
CLEAR_THOUGH_SASL = Violation(
    "password-in-clear-though-sasl",
    "advice",
    "RFC 5034 section 4, RFC 1939 section 13",
    "a password was sent without TLS although the server had offered a mechanism that hides it",
    "Without TLS, a mechanism such as SCRAM-SHA-256 or CRAM-MD5 proves that the client knows the "
    "password without disclosing it. The server had listed one in CAPA.",
)
TOKEN_IN_CLEAR = Violation(
    "token-in-clear",
    "MUST",
    "RFC 7628 sections 3 and 5, RFC 6750 section 5.3",
    "a bearer token was sent without TLS",
    "Anybody who has a bearer token can act as the user, at this service and perhaps at others. "
    "OAUTHBEARER requires TLS, and the same holds for XOAUTH2.",
)
MECHANISM_NOT_OFFERED = Violation(
    "mechanism-not-offered",
    "SHOULD",
    "RFC 5034 section 3, RFC 4422 section 3.2",
    "AUTH named a mechanism that CAPA had not listed",
    "The server lists the mechanisms that work, and the client chooses one of them. A mechanism "
    "that is not listed fails, and an initial response has then disclosed the credentials for "
    "nothing.",
)
APOP_WITHOUT_TIMESTAMP = Violation(
    "apop-without-timestamp",
    "MUST",
    "RFC 1939 section 7 (APOP)",
    "APOP was sent although the greeting had no timestamp",
    "APOP computes its digest from the timestamp in the greeting and the password. A greeting "
    "without a timestamp means that the server has no APOP. A digest of the password alone never "
    "changes and is as good as the password.",
)
UNASKED_INITIAL_RESPONSE = Violation(
    "unasked-initial-response",
    "MUST",
    "RFC 5034 section 4, RFC 4422 section 3.3",
    "AUTH had an initial response although the server speaks first in this mechanism",
    "In CRAM-MD5 and DIGEST-MD5 the client answers a challenge and has nothing to send before it. "
    "A server must refuse such an AUTH.",
)

_BEARER = frozenset({"OAUTHBEARER", "XOAUTH2"})
_CLEAR = _BEARER | {"PLAIN", "LOGIN"}
_HIDING = ("SCRAM-", "CRAM-MD5", "DIGEST-MD5")
_SERVER_FIRST = frozenset({"CRAM-MD5", "DIGEST-MD5"})


def check_credentials(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a line that names a login method or discloses a secret."""
    if line.verb == "APOP" and knowledge.timestamp is False:
        yield APOP_WITHOUT_TIMESTAMP
    if line.verb == "AUTH" and line.words:
        yield from _mechanism(line.words[0].upper(), line, knowledge)
    if not knowledge.secure and (mechanism := _shown_by(line, knowledge)):
        yield from _in_clear(mechanism, knowledge.capabilities or {})


def _mechanism(name: str, line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    if knowledge.capabilities is not None and name not in knowledge.capabilities.get("SASL", []):
        yield MECHANISM_NOT_OFFERED
    if name in _SERVER_FIRST and len(line.words) > 1:
        yield UNASKED_INITIAL_RESPONSE


def _shown_by(line: ClientLine, knowledge: ClientKnowledge) -> str:
    """Return the mechanism whose secret this line discloses; PASS for USER and PASS."""
    if line.verb == "PASS" and line.rest:
        return "PASS"
    if line.response:
        nth, name, shown = (
            knowledge.login_attempts.responses + 1,
            knowledge.login_attempts.mechanism,
            line.octets,
        )
    else:
        name = line.words[0].upper() if line.verb == "AUTH" and line.words else ""
        nth, shown = 1, " ".join(line.words[1:]).encode("utf-8", "surrogateescape")
    secret = 2 if name == "LOGIN" else 1
    empty = shown.strip() in (b"", b"*", b"=")
    return name if name in _CLEAR and nth == secret and not empty and not _unsure(line) else ""


def _unsure(line: ClientLine) -> bool:
    """Whether the line responds to a challenge that has not arrived."""
    return line.response and line.early


def _in_clear(mechanism: str, offered: dict[str, list[str]]) -> Iterator[Violation]:
    if mechanism in _BEARER:
        yield TOKEN_IN_CLEAR
    elif "STLS" in offered:
        yield CLEAR_THOUGH_TLS
    elif any(name.startswith(_HIDING) for name in offered.get("SASL", [])):
        yield CLEAR_THOUGH_SASL


# Logins that came too early or were pointless

WITHIN_LOGIN_DELAY = Violation(
    "login-within-delay",
    "SHOULD",
    "RFC 2449 sections 6.5 and 8.1.1",
    "the user logged in again before LOGIN-DELAY had passed",
    "The server had announced the number of seconds between two logins, or had refused one with "
    "[LOGIN-DELAY]. A client that comes back sooner is refused, and may be locked out for a long "
    "time.",
)
AT_ONCE_AFTER_IN_USE = Violation(
    "at-once-after-in-use",
    "advice",
    "RFC 2449 section 8.1.2",
    "the client tried the login again at once after [IN-USE]",
    "Another session has the maildrop open and will keep it for a while. Trying again within a "
    "second is useless and loads the server. A client should wait, longer each time, or ask its "
    "user.",
)
AGAIN_AFTER_SYS_PERM = Violation(
    "again-after-sys-perm",
    "advice",
    "RFC 3206 section 4",
    "the client tried the login again after [SYS/PERM]",
    "[SYS/PERM] means that somebody must repair something before a login can work. The client "
    "should tell its user instead of trying again.",
)
AGAIN_AFTER_AUTH = Violation(
    "again-after-auth",
    "advice",
    "RFC 3206 section 5",
    "the client tried the same credentials again after [AUTH]",
    "[AUTH] means that the credentials are wrong, so the client must ask the user for others. The "
    "same credentials are refused again, and after a few times the account may be locked.",
)


def check_attempts(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a line that attempts a login and shows the user."""
    attempt = knowledge.login_attempts.attempt(line)
    if attempt is None or knowledge.state is not State.AUTHORIZATION:
        return
    if knowledge.knows_useless(attempt, "AUTH"):
        yield AGAIN_AFTER_AUTH
    if knowledge.knows_useless(attempt, "SYS/PERM"):
        yield AGAIN_AFTER_SYS_PERM
    wait = knowledge.history.wait(knowledge.host, attempt.user)
    knew = wait and (wait.session == knowledge.number or wait.since <= knowledge.opened)
    if wait and knew and line.seconds < wait.until:
        yield WITHIN_LOGIN_DELAY if wait.code == "LOGIN-DELAY" else AT_ONCE_AFTER_IN_USE


# Facts from before TLS

BEHIND_STLS = Violation(
    "behind-stls",
    "MUST",
    "RFC 2595 section 4",
    "plaintext followed STLS",
    "After STLS a client must send nothing until the reply has come and TLS is active. Anybody on "
    "the network can insert plaintext after STLS, and a server that executes it under TLS does "
    "the attacker's will. A careful server therefore ends such a session.",
)
NO_CAPA_AFTER_STLS = Violation(
    "no-capa-after-stls",
    "SHOULD",
    "RFC 2595 section 4",
    "CAPA was sent before STLS, but not again before the login under TLS",
    "Somebody may have changed the list that came in plaintext, and most servers offer more under "
    "TLS. A client that asked before STLS should ask again.",
)
FACTS_FROM_BEFORE_TLS = Violation(
    "facts-from-before-tls",
    "MUST",
    "RFC 2595 section 4",
    "the client used a capability that only the list from before STLS had",
    "The client must forget what the server announced in plaintext once TLS is active. Somebody "
    "in between may have written that list to make the client choose the weakest way to log in.",
)

_LOGINS = frozenset({"USER", "APOP", "AUTH"})


def check_tls(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a line under TLS after STLS, if no capabilities have been listed since."""
    if knowledge.capabilities_before_tls is None or knowledge.asked_capa or line.response:
        return
    if line.verb in _LOGINS and not knowledge.login_attempts.tried and not line.early:
        yield NO_CAPA_AFTER_STLS
    if _was_listed(line, knowledge.capabilities_before_tls):
        yield FACTS_FROM_BEFORE_TLS


def _was_listed(line: ClientLine, before: dict[str, list[str]]) -> bool:
    if line.verb == "AUTH":
        return bool(line.words) and line.words[0].upper() in before.get("SASL", [])
    return line.verb in ("UTF8", "LANG") and line.verb in before
