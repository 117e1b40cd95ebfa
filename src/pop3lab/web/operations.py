"""The table of what can be requested."""

from pop3lab.web import about, catalogue, event_stream, rules, sessions
from pop3lab.web.operation import QueryParameter, WebOperation

_SESSIONS = (
    QueryParameter(
        "after", "integer", "only sessions with a greater number, the first 200 of them"
    ),
    QueryParameter(
        "before", "integer", "only sessions with a smaller number, the last 200 of them"
    ),
    QueryParameter("state", "string", "only open sessions, or closed ones", ("open", "closed")),
    QueryParameter("user", "string", "only sessions of this user"),
    QueryParameter(
        "violations", "string", "only sessions with violations, or without", ("true", "false")
    ),
)
_LINES = (
    QueryParameter("bodies", "string", "whether long bodies are folded", ("folded", "whole")),
    QueryParameter("after", "integer", "in JSON: only later lines, the first 5000 of them"),
)
_EVENTS = (
    QueryParameter("session", "integer", "only events of this session"),
    QueryParameter("kinds", "string", "only events of these kinds, separated by commas"),
    QueryParameter(
        "after", "integer", "events after this id; the header Last-Event-ID wins over it"
    ),
)
_TRANSCRIPTS = ("text/plain", "application/x-ndjson", "text/html")
_STREAM = ("text/event-stream",)

OPERATIONS = (
    WebOperation(
        "GET", "/livez", "livez", "The process is alive", about.livez, forms=("text/plain",)
    ),
    WebOperation(
        "GET",
        "/version",
        "version",
        "Name and version of the program",
        about.version,
        answer="Version",
    ),
    WebOperation("GET", "/about", "about", "How to connect", about.about, answer="About"),
    WebOperation(
        "GET",
        "/sessions",
        "list_sessions",
        "The last 200 sessions",
        sessions.list_sessions,
        answer="Sessions",
        query=_SESSIONS,
    ),
    WebOperation(
        "GET",
        "/sessions/{number}",
        "get_session",
        "A session",
        sessions.get_session,
        answer="WholeSession",
    ),
    WebOperation(
        "GET",
        "/sessions/{number}/transcript",
        "get_transcript",
        "Its transcript",
        sessions.get_transcript,
        answer="Lines",
        query=_LINES,
        forms=_TRANSCRIPTS,
    ),
    WebOperation(
        "GET",
        "/events",
        "events",
        "Live events, as Server-Sent Events",
        event_stream.stream_events,
        query=_EVENTS,
        forms=_STREAM,
    ),
    WebOperation(
        "GET",
        "/rules",
        "list_rules",
        "The rules in force, with their hits",
        rules.list_rules,
        answer="Rules",
        control="rules",
    ),
    WebOperation(
        "POST",
        "/rules",
        "add_rule",
        "Add a rule",
        rules.add_rule,
        answer="Rule",
        status=201,
        body="NewRule",
        control="fault",
    ),
    WebOperation(
        "PUT",
        "/rules",
        "replace_rules",
        "Replace all rules, except those of the profile",
        rules.replace_rules,
        answer="Rules",
        body="NewRules",
    ),
    WebOperation(
        "DELETE",
        "/rules",
        "remove_rules",
        "Remove all rules, except those of the profile",
        rules.remove_rules,
        status=204,
    ),
    WebOperation(
        "POST",
        "/rules/check",
        "check_rule",
        "Parse a rule, and add nothing",
        rules.check_rule,
        answer="CheckedRule",
        body="NewRule",
    ),
    WebOperation(
        "GET", "/rules/{id}", "get_rule", "A rule in force", rules.get_rule, answer="Rule"
    ),
    WebOperation(
        "DELETE",
        "/rules/{id}",
        "remove_rule",
        "Remove a rule; the answer has its hits",
        rules.remove_rule,
        answer="Rule",
        control="unfault",
    ),
    WebOperation(
        "GET", "/quirks", "list_quirks", "All quirks", catalogue.list_quirks, answer="Quirks"
    ),
    WebOperation(
        "GET", "/faults", "list_faults", "All faults", catalogue.list_faults, answer="Faults"
    ),
    WebOperation(
        "GET", "/attacks", "list_attacks", "All attacks", catalogue.list_attacks, answer="Attacks"
    ),
    WebOperation(
        "GET",
        "/profiles",
        "list_profiles",
        "All profiles",
        catalogue.list_profiles,
        answer="Profiles",
    ),
    WebOperation(
        "GET",
        "/violations",
        "list_violations",
        "All violations that can be found",
        catalogue.list_violations,
        answer="Violations",
    ),
)
