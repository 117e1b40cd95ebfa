"""All quirks, faults and attacks by name, and the rules that can be made of them."""

from collections.abc import Mapping

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

_ROWS = (
    *mail_box.ROWS,
    *greeting.ROWS,
    *capa.ROWS,
    *login.ROWS,
    *login_sasl.ROWS,
    *tls.ROWS,
    *listing.ROWS,
    *listing_sessions.ROWS,
    *uidl.ROWS,
    *uidl_sessions.ROWS,
    *retrieval.ROWS,
    *retrieval_proxy.ROWS,
    *retrieval_top.ROWS,
    *retrieval_texts.ROWS,
    *framing.ROWS,
    *sizes.ROWS,
    *deletion.ROWS,
    *deletion_sessions.ROWS,
    *limits_login.ROWS,
    *limits_sessions.ROWS,
    *limits_commands.ROWS,
    *timing.ROWS,
    *charset.ROWS,
    *syntax.ROWS,
    *wording.ROWS,
    *wording_commands.ROWS,
    *attacks_tls.ROWS,
    *attacks_login.ROWS,
    *attacks_parsing.ROWS,
    *attacks_messages.ROWS,
    *faults_endings.ROWS,
    *faults_cutting.ROWS,
    *faults_pacing.ROWS,
    *faults_replies.ROWS,
    *faults_tls.ROWS,
)

BEHAVIOURS: Mapping[str, Behaviour] = {row.name: row for row in _ROWS}

_PARSER = RuleParser(BEHAVIOURS)

parse_rule = _PARSER.parse_rule
make_rule = _PARSER.make_rule
parse_effect = _PARSER.parse_effect
make_effect = _PARSER.make_effect
factory = _PARSER.factory
