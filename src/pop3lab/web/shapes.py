"""What answers and events have in JSON."""

from collections.abc import Iterable, Mapping, Sequence

from pop3lab.cases.case import Case
from pop3lab.catalogue import BehaviourRecord, Profile
from pop3lab.conformance.violation import Violation
from pop3lab.observe.session_record import SessionRecord
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules

JsonObject = dict[str, object]


def session_shape(record: SessionRecord) -> JsonObject:
    """A row of the list of sessions."""
    return {
        "number": record.number,
        "state": _state(record),
        "peer": record.peer,
        "user": record.user,
        "mechanism": record.mechanism,
        "tls": record.tls,
        "opened": record.opened,
        "ended": record.ended,
        "end_reason": record.end_reason,
        "client_close": record.client_close,
        "received": record.received,
        "sent": record.sent,
        "counts": {
            "commands": len(record.commands),
            "retrieved": len(record.retrieved),
            "deleted": len(record.deleted),
            "violations": len(record.violations),
            "applied_rules": len(record.applied_rules),
        },
    }


def whole_session_shape(record: SessionRecord, violations: Mapping[str, Violation]) -> JsonObject:
    """A session with what it did."""
    return {
        **session_shape(record),
        "commands": list(record.commands),
        "lines": list(record.lines),
        "retrieved": list(record.retrieved),
        "deleted": list(record.deleted),
        "violations": [violation_shape(violations[one.id]) for one in record.violations],
        "applied_rules": list(record.applied_rules),
    }


def _state(record: SessionRecord) -> str:
    if record.closed:
        return "closed"
    if record.ended is not None:
        return "ended"
    return "AUTHORIZATION" if record.user is None else "TRANSACTION"


def line_shape(number: int, text: str) -> JsonObject:
    """A line of a transcript. text: as it is written there, with its session and seconds."""
    session, seconds, said = text.split(None, 2)
    shape: JsonObject = {"session": int(session), "line": number, "seconds": float(seconds)}
    if said[0] == "(":
        return {**shape, "who": "", "text": said[1:-1], "whole": True}
    who = "client" if said[0] == "C" else "server"
    return {**shape, "who": who, "text": said[3:], "whole": said[1] == ":"}


def violation_shape(violation: Violation) -> JsonObject:
    """A violation of the catalogue."""
    return {
        "id": violation.id,
        "level": violation.level,
        "clause": violation.clause,
        "meaning": violation.meaning,
        "why": violation.why,
    }


def rule_shape(active: ActiveRule) -> JsonObject:
    """A rule in force."""
    behaviour = active.rule.behaviour
    return {
        "id": active.number,
        "rule": active.text,
        "hits": active.hits,
        "times": active.rule.times,
        "behaviour": behaviour.name,
        "family": behaviour.family,
        "meaning": behaviour.meaning,
        "of_profile": not active.expected,
    }


def rules_shape(rules: Rules) -> JsonObject:
    """All rules in force."""
    return {"seed": rules.seed, "rules": [rule_shape(active) for active in rules.active]}


def behaviours_shape(rows: Iterable[BehaviourRecord]) -> Sequence[JsonObject]:
    """Rows of the catalogue."""
    return [_behaviour_shape(row) for row in rows]


def _behaviour_shape(row: BehaviourRecord) -> JsonObject:
    return {
        "name": row.name,
        "family": row.family,
        "category": row.category,
        "meaning": row.meaning,
        "source": row.source,
        "bugs": row.bugs,
        "parameters": [
            {
                "name": each.name,
                "meaning": each.meaning,
                "kind": each.kind,
                "default": each.default,
                "choices": list(each.choices),
            }
            for each in row.parameters
        ],
    }


def case_shape(case: Case) -> JsonObject:
    """A case that tries a client."""
    names = "number id group situation why expected clause rules runs tls"
    return {name: getattr(case, name) for name in names.split()}


def profile_shape(profile: Profile) -> JsonObject:
    """A profile, with its rules and their sources."""
    return {
        "name": profile.name,
        "meaning": profile.meaning,
        "rules": [
            {"rule": rule.rule, "source": rule.source, "grade": rule.grade, "known": rule.known}
            for rule in profile.rules
        ],
    }
