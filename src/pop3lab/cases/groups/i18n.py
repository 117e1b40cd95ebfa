"""UTF8 and LANG (RFC 6856)."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import FETCHES_ALL
from pop3lab.cases.texts import utf8_header

_UTF8 = "RFC 6856 section 2"
_OFFER_WHY = "What a server offers more must not keep a client from fetching."

_AS_USUAL: Mapping[str, Any] = {"why": _OFFER_WHY, **FETCHES_ALL}

I18N_CASES = (
    Case(
        number="19.01",
        id="i18n/utf8-offered",
        situation="CAPA lists UTF8, and the mail does not need it.",
        clause=_UTF8,
        rules="*: utf8-mode",
        reached="CAPA",
        **_AS_USUAL,
    ),
    Case(
        number="19.02",
        id="i18n/utf8-refused",
        situation="CAPA lists UTF8, and UTF8 is refused.",
        clause=_UTF8,
        rules="*: utf8-mode answer=err",
        reached="CAPA",
        **_AS_USUAL,
    ),
    Case(
        number="19.03",
        id="i18n/utf8-headers",
        situation="Message 2 has UTF-8 in its header, which the server sends after UTF8 only.",
        why="Addresses in other scripts are real. A client that does not know them must say so.",
        clause=_UTF8,
        expected="Say UTF8 and fetch all, or say failure.",
        utf8=True,
        messages=utf8_header,
        runs=2,
        concerned=frozenset({2}),
        fail="STUCK",
        warn="SILENT",
        info="SKIPPED",
    ),
    Case(
        number="19.04",
        id="i18n/utf8-wrapped",
        situation="A notice comes in place of each message that needs UTF8.",
        why="Who deletes the notice has deleted the message, and has never seen it.",
        clause=_UTF8,
        expected="Nothing can be expected of a client that has never heard of UTF8.",
        rules="*: utf8-wrapped",
        messages=utf8_header,
        warn="LOST",
        source="Courier",
    ),
    Case(
        number="19.05",
        id="i18n/lang",
        situation="CAPA lists LANG.",
        clause="RFC 6856 section 3",
        rules="*: lang",
        reached="CAPA",
        **_AS_USUAL,
    ),
    Case(
        number="19.06",
        id="i18n/utf8-password",
        situation="The password has letters beyond ASCII.",
        why="Passwords are in the language of their users.",
        clause="RFC 6856 section 2.2",
        expected="Send the octets of UTF-8, or say failure.",
        password="pässwörd-密码",  # noqa: S106 - of a test
        info="FAILED MISSING",
    ),
)
