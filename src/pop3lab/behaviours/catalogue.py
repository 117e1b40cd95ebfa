"""All quirks, faults and attacks by name, and functions that make rules of them."""

from collections.abc import Mapping
from types import ModuleType

from pop3lab.behaviours import (
    attacks_login,
    attacks_messages,
    attacks_parsing,
    attacks_tls,
    capa,
    charset,
    deletion,
    deletion_sessions,
    faults_cutting,
    faults_endings,
    faults_pacing,
    faults_replies,
    faults_tls,
    framing,
    greeting,
    limits_commands,
    limits_login,
    limits_sessions,
    listing,
    listing_sessions,
    login,
    login_sasl,
    mail_box,
    retrieval,
    retrieval_proxy,
    retrieval_texts,
    retrieval_top,
    sizes,
    syntax,
    timing,
    tls,
    uidl,
    uidl_sessions,
    wording,
    wording_commands,
)
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.parser import RuleParser

_MODULES = (
    mail_box,
    greeting,
    capa,
    login,
    login_sasl,
    tls,
    listing,
    listing_sessions,
    uidl,
    uidl_sessions,
    retrieval,
    retrieval_proxy,
    retrieval_top,
    retrieval_texts,
    framing,
    sizes,
    deletion,
    deletion_sessions,
    limits_login,
    limits_sessions,
    limits_commands,
    timing,
    charset,
    syntax,
    wording,
    wording_commands,
    attacks_tls,
    attacks_login,
    attacks_parsing,
    attacks_messages,
    faults_endings,
    faults_cutting,
    faults_pacing,
    faults_replies,
    faults_tls,
)


def rows_of(module: ModuleType) -> list[Behaviour]:
    """Return the rows that a module declares, in its order."""
    return [row for row in vars(module).values() if isinstance(row, Behaviour)]


BEHAVIOURS: Mapping[str, Behaviour] = {
    row.name: row for module in _MODULES for row in rows_of(module)
}

_PARSER = RuleParser(BEHAVIOURS)

parse_rule = _PARSER.parse_rule
make_rule = _PARSER.make_rule
parse_effect = _PARSER.parse_effect
make_effect = _PARSER.make_effect
