"""Responses of SASL that are none."""

from collections.abc import Iterator

from pop3lab.watch.violations.proofs import is_base64
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

NOT_BASE64 = Violation(
    "not-base64",
    "MUST",
    "RFC 5034 section 4, RFC 4648 section 4",
    "a SASL response was not base64",
    "Each line of a SASL exchange is base64, padded and without other characters, or an asterisk "
    "to cancel. A client that wants to do something else must cancel first.",
)


def check_response(said: Said, seen: Seen) -> Iterator[Violation]:
    """A response on a line of its own, or behind AUTH."""
    if said.response:
        response = said.octets.removesuffix(b"\r")
        fine = response == b"*" or is_base64(response)
    elif said.verb == "AUTH" and len(said.words) == 2:
        response = said.words[1].encode("utf-8", "surrogateescape")
        fine = response == b"=" or is_base64(response)
    else:
        return
    if not fine:
        yield NOT_BASE64
