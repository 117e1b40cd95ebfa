"""What was known before TLS, and is nothing worth after it."""

from collections.abc import Iterator

from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

BEHIND_STLS = Violation(
    "behind-stls",
    "MUST",
    "RFC 2595 section 4",
    "something was sent in clear behind STLS",
    "Once STLS is sent, nothing may be sent until its answer has come and TLS is active. What "
    "comes behind it in clear can be put there by anybody, and a server that obeys it under TLS "
    "can be made to do an attacker's will; so a careful server ends such a session.",
)
NO_CAPA_AFTER_STLS = Violation(
    "no-capa-after-stls",
    "SHOULD",
    "RFC 2595 section 4",
    "CAPA was asked before STLS, but not again before the login under TLS",
    "The list that came in clear may have been changed on its way, and under TLS a server mostly "
    "offers more. A client that asked before should ask again.",
)
FACTS_FROM_BEFORE_TLS = Violation(
    "facts-from-before-tls",
    "MUST",
    "RFC 2595 section 4",
    "a capability was used that only the list from before STLS had shown",
    "What the server announced in clear must be forgotten once TLS is active: whoever sits between "
    "them may have written that list, and could choose the weakest way to log in.",
)

_LOGINS = frozenset({"USER", "APOP", "AUTH"})


def check_tls(said: Said, seen: Seen) -> Iterator[Violation]:
    """A line under TLS that began with STLS, where no list has come since."""
    if seen.before is None or seen.asked_capa or said.response:
        return
    if said.verb in _LOGINS and not seen.logins.tried and not said.early:
        yield NO_CAPA_AFTER_STLS
    if _was_listed(said, seen.before):
        yield FACTS_FROM_BEFORE_TLS


def _was_listed(said: Said, before: dict[str, list[str]]) -> bool:
    if said.verb == "AUTH":
        return bool(said.words) and said.words[0].upper() in before.get("SASL", [])
    return said.verb in ("UTF8", "LANG") and said.verb in before
