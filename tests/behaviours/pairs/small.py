"""Each behaviour as one rule, with values small enough for short messages and listings."""

from collections.abc import Mapping

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.rule import Rule

_VALUES = {
    "apop-redos": "octets=50",
    "apop-static-stamp": "stamp=<a@b>",
    "attachment-bomb": "size=9",
    "auth-fail-slow": "seconds=1",
    "auth-long-token": "octets=30",
    "auth-only": "PLAIN,CRAM-MD5,SCRAM-SHA-256-PLUS",
    "bad-command-limit": "commands=2",
    "capa-overstates": "line=LAST",
    "capa-lines": "UIDL,TOP,PIPELINING",
    "counts-after-dele": "deleted=counted",
    "crafted-status": "octets=60",
    "cut-after": "5",
    "delayed-commit": "seconds=60",
    "digest-md5-long-realm": "octets=50",
    "download-quota": "messages=1",
    "expire": "sessions=2",
    "extra-command": 'XTND "+OK done"',
    "external-in-clear": "user=ann",
    "format-strings": "text=%n%s",
    "greeting-endless": "octets=50",
    "header-bombs": "size=3",
    "insert": "xyz skip=5",
    "line-endless": "octets=50",
    "line-limit": "octets=30",
    "list-gaps": "4",
    "list-huge": "entries=5",
    "list-window": "count=3",
    "lock-lingers": "seconds=1500",
    "login-delay": "seconds=60",
    "long-line": "octets=50",
    "multiline-endless": "lines=3",
    "remove": "2 skip=1",
    "corrupt": "2 skip=5",
    "maildrop-shifts-between-sessions": "number=3",
    "stat-zero-transient": "sessions=3",
    "retr-err-one": "number=1",
    "replace": "xyz skip=3",
    "retr-cut-fin": "octets=20",
    "retr-cut-rst": "octets=20",
    "retr-ok-then-err": "octets=20",
    "retr-truncated-dot": "octets=20",
    "sasl-huge-challenge": "octets=50",
    "session-cap": "messages=1 commands=5",
    "status-long": "octets=60",
    "stls-inject-login": "withheld=2",
    "throttle": "8",
    "too-many-connections": "most=0",
    "uid-form": "hex16",
    "uidl-long": "octets=100",
    "uidl-overflow": "octets=90",
    "unknown-command": '"what is {verb}?"',
    "wording": 'NOOP "a word"',
}
_WHEREVER = {"connect", "commit", "tls"}  # faults that have a place of their own


def _text(row: Behaviour) -> str:
    """A quirk or an attack always; a fault at RETR."""
    what = f"{row.name} {_VALUES.get(row.name, '')}".rstrip()
    at_retr = row.family == "fault" and row.category not in _WHEREVER
    return f"RETR -> {what}" if at_retr else what


RULES: Mapping[str, Rule] = {name: parse_rule(_text(row)) for name, row in BEHAVIOURS.items()}
