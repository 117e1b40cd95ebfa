"""All cases, by id and number, and how some of them are selected."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from pop3lab.cases.case import Case
from pop3lab.cases.groups.basic import BASIC_CASES
from pop3lab.cases.groups.capa import CAPA_CASES
from pop3lab.cases.groups.data import DATA_CASES
from pop3lab.cases.groups.delete import DELETE_CASES
from pop3lab.cases.groups.greeting import GREETING_CASES
from pop3lab.cases.groups.hostile import HOSTILE_CASES
from pop3lab.cases.groups.i18n import I18N_CASES
from pop3lab.cases.groups.limits import LIMITS_CASES
from pop3lab.cases.groups.listing import LIST_CASES
from pop3lab.cases.groups.login import LOGIN_CASES
from pop3lab.cases.groups.net import NET_CASES
from pop3lab.cases.groups.oauth import OAUTH_CASES
from pop3lab.cases.groups.profiles import PROFILE_CASES
from pop3lab.cases.groups.retr_broken import RETR_BROKEN_CASES
from pop3lab.cases.groups.retr_framing import RETR_FRAMING_CASES
from pop3lab.cases.groups.sasl import SASL_CASES
from pop3lab.cases.groups.scale import SCALE_CASES
from pop3lab.cases.groups.syntax import SYNTAX_CASES
from pop3lab.cases.groups.tls import TLS_CASES
from pop3lab.cases.groups.top import TOP_CASES
from pop3lab.cases.groups.uidl import UIDL_CASES
from pop3lab.cases.groups.wire import WIRE_CASES
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

_GROUPS = (
    *(BASIC_CASES, DATA_CASES, GREETING_CASES, CAPA_CASES, LOGIN_CASES, SASL_CASES, OAUTH_CASES),
    *(TLS_CASES, LIST_CASES, UIDL_CASES, RETR_BROKEN_CASES, RETR_FRAMING_CASES, TOP_CASES),
    *(DELETE_CASES, LIMITS_CASES, NET_CASES, SYNTAX_CASES, HOSTILE_CASES, SCALE_CASES),
    *(I18N_CASES, PROFILE_CASES, WIRE_CASES),
)

CASES: Mapping[str, Case] = {case.id: case for group in _GROUPS for case in group}


def select(words: Iterable[str]) -> list[Case]:
    """The cases that any of the words names, in the order of the catalogue. Raises ConfigError.

    A word is an id, a number, a group, a clause such as rfc1939/6, or a pattern of any of these
    with * and ?. A word behind "not " leaves out what it names. "*" leaves out the group scale,
    unless another word names it.
    """
    chosen: dict[str, Case] = {}
    for place, word in enumerate(words):
        wanted = word.removeprefix("not ")
        found = {case.id: case for case in CASES.values() if _is_named(case, wanted)}
        if word == "*":
            found = _usual()
        if not found:
            hint = nearest(wanted, _known()) or "; `pop3lab cases` lists all"
            raise ConfigError(f"no case is named {wanted!r}{hint}")
        if wanted != word:
            chosen = chosen or (_usual() if place == 0 else {})
            chosen = {name: case for name, case in chosen.items() if name not in found}
        else:
            chosen |= found
    return [case for case in CASES.values() if case.id in chosen]


def _usual() -> dict[str, Case]:
    return {case.id: case for case in CASES.values() if not case.is_long}


_QUICK = ("basic", "data", "tls", "retr", "delete")


def quick(cases: Iterable[Case]) -> list[Case]:
    """The cases of what matters most."""
    return [case for case in cases if case.group in _QUICK]


def _is_named(case: Case, word: str) -> bool:
    names = (case.id, case.number, case.group, *clause_names(case.clause))
    return any(fnmatchcase(name, word) for name in names)


def clause_names(clause: str) -> list[str]:
    """The names of a clause: of "RFC 1939 section 6" these are rfc1939 and rfc1939/6."""
    names: list[str] = []
    for part in clause.split(", "):
        words = part.replace("sections", "section").split()
        if len(words) >= 2 and words[0] == "RFC":
            names.append(f"rfc{words[1]}")
        if len(words) >= 4:
            names.append(f"rfc{words[1]}/{words[3]}")
    return names


def _known() -> list[str]:
    return [*CASES, *(case.number for case in CASES.values()), *{c.group for c in CASES.values()}]
