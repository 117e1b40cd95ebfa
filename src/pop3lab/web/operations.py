"""The table of what can be requested."""

from functools import partial
from typing import Any

from pop3lab.web import (
    about,
    catalogue,
    event_stream,
    login,
    messages,
    rules,
    runs,
    service,
    sessions,
    users,
)
from pop3lab.web.media_types import RFC822
from pop3lab.web.operation import QueryParameter, RequestHandler, WebOperation

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

_USER = (QueryParameter("user", "string", "whose messages; the first user by default"),)
_HOW = (QueryParameter("how", "string", "close by default", ("close", "reset")),)
_PLAIN = ("text/plain",)
_OCTETS = ("application/octet-stream",)
_MESSAGE = (RFC822,)

_get = partial(WebOperation, "GET")
_post = partial(WebOperation, "POST")
_put = partial(WebOperation, "PUT")


def _delete(
    path: str, name: str, meaning: str, handler: RequestHandler, answer: str = "", **more: Any
) -> WebOperation:
    status = 200 if answer else 204
    return WebOperation("DELETE", path, name, meaning, handler, answer, status, **more)


_SERVER = (
    _get("/livez", "livez", "The process is alive", about.livez, forms=_PLAIN),
    _get("/readyz", "readyz", "Clients are served", service.readyz, forms=_PLAIN),
    _get("/version", "version", "Name and version of the program", about.version, "Version"),
    _get("/about", "about", "How to connect", about.about, "About"),
    _post(
        "/login",
        "log_in",
        "Get the cookie of whoever has the token; it is for pages",
        login.log_in,
        status=204,
        body="Token",
    ),
    _get("/stats", "stats", "All counters", service.stats, "Counters", control="stats"),
    _post(
        "/wait",
        "wait",
        "Wait until counters have reached numbers, or for the timeout",
        service.wait_for_counts,
        "Counters",
        body="Wanted",
        control="wait",
    ),
    _post(
        "/reset",
        "reset",
        "Restore the rules of the start, and set all counters to 0; of Pop3Server everything",
        service.reset_server,
        status=204,
        control="reset",
    ),
    _post("/pause", "pause", "Accept clients, and be silent", service.pause, "Service"),
    _post("/refuse", "refuse", "Refuse clients", service.refuse, "Service"),
    _post("/resume", "resume", "Serve again", service.resume, "Service"),
    _post("/quit", "quit", "Stop the server", service.quit_server, status=202, control="quit"),
)
_OF_SESSIONS = (
    _get(
        "/sessions",
        "list_sessions",
        "The last 200 sessions",
        sessions.list_sessions,
        "Sessions",
        query=_SESSIONS,
    ),
    _get("/sessions/{number}", "get_session", "A session", sessions.get_session, "WholeSession"),
    _delete(
        "/sessions/{number}", "cut_session", "Cut its connection", service.cut_session, query=_HOW
    ),
    _get(
        "/sessions/{number}/transcript",
        "get_transcript",
        "Its transcript",
        sessions.get_transcript,
        "Lines",
        query=_LINES,
        forms=_TRANSCRIPTS,
    ),
    _get(
        "/events",
        "events",
        "Live events, as Server-Sent Events",
        event_stream.stream_events,
        query=_EVENTS,
        forms=_STREAM,
    ),
)
_OF_RULES = (
    _get(
        "/rules",
        "list_rules",
        "The rules in force, with their hits",
        rules.list_rules,
        "Rules",
        control="rules",
    ),
    _post(
        "/rules",
        "add_rule",
        "Add a rule, or a quirk",
        rules.add_rule,
        "Rule",
        status=201,
        body="NewRule",
        control="fault",
    ),
    _put(
        "/rules",
        "replace_rules",
        "Replace all rules, except those of the profile",
        rules.replace_rules,
        "Rules",
        body="NewRules",
        control="quirk",
    ),
    _delete(
        "/rules",
        "remove_rules",
        "Remove all rules, except those of the profile",
        rules.remove_rules,
    ),
    _post(
        "/rules/check",
        "check_rule",
        "Parse a rule, and add nothing",
        rules.check_rule,
        "CheckedRule",
        body="NewRule",
    ),
    _get("/rules/{id}", "get_rule", "A rule in force", rules.get_rule, "Rule"),
    _delete(
        "/rules/{id}",
        "remove_rule",
        "Remove a rule; the answer has its hits",
        rules.remove_rule,
        "Rule",
        control="unfault",
    ),
    _get("/quirks", "list_quirks", "All quirks", catalogue.list_quirks, "Quirks"),
    _get("/faults", "list_faults", "All faults", catalogue.list_faults, "Faults"),
    _get("/attacks", "list_attacks", "All attacks", catalogue.list_attacks, "Attacks"),
    _get("/profiles", "list_profiles", "All profiles", catalogue.list_profiles, "Profiles"),
    _get(
        "/violations",
        "list_violations",
        "All violations that can be found",
        catalogue.list_violations,
        "Violations",
    ),
)
_OF_MESSAGES = (
    _get(
        "/messages",
        "list_messages",
        "The messages of a user",
        messages.list_messages,
        "Messages",
        query=_USER,
    ),
    _post(
        "/messages",
        "add_message",
        "Add the octets of a message, or make some up",
        messages.post_message,
        "Added",
        status=201,
        body="Generate",
        takes=_MESSAGE,
        query=_USER,
        control="add",
    ),
    _delete(
        "/messages",
        "remove_messages",
        "Remove all messages of a user",
        messages.remove_messages,
        query=_USER,
        control="clear",
    ),
    _get(
        "/messages/{uid}",
        "get_message",
        "A message with its header fields",
        messages.get_message,
        "Message",
        query=_USER,
    ),
    _delete(
        "/messages/{uid}",
        "remove_message",
        "Remove it",
        messages.remove_message,
        query=_USER,
        control="remove",
    ),
    _get(
        "/messages/{uid}/raw",
        "get_raw_message",
        "Its octets",
        messages.get_raw_message,
        forms=_OCTETS,
        query=_USER,
    ),
    _get(
        "/messages/{uid}/wire",
        "get_wire_message",
        "Its octets as RETR sends them: dots doubled, and the terminator",
        messages.get_wire_message,
        forms=_OCTETS,
        query=_USER,
    ),
)
_OF_USERS = (
    _get(
        "/users", "list_users", "The names of the users", users.list_users, "Users", control="users"
    ),
    _post(
        "/users",
        "add_user",
        "Add a user",
        users.add_user,
        status=201,
        body="NewUser",
        control="add-user",
    ),
    _put(
        "/users/{user}",
        "set_password",
        "Change a password",
        users.set_password,
        status=204,
        body="NewPassword",
        control="set-password",
    ),
    _delete(
        "/users/{user}",
        "remove_user",
        "Refuse later logins of a user",
        users.remove_user,
        control="remove-user",
    ),
    _post(
        "/tokens",
        "add_token",
        "Add a token",
        users.add_token,
        status=201,
        body="NewToken",
        control="add-token",
    ),
    _post(
        "/tokens/expire",
        "expire_token",
        "Let a token expire",
        users.expire_token,
        status=204,
        body="OldToken",
        control="expire-token",
    ),
)

_OF_RUNS = (
    _get("/cases", "list_cases", "All cases that try a client", runs.list_cases, "Cases"),
    _get("/runs", "list_runs", "All runs of cases", runs.list_runs, "Runs"),
    _post(
        "/runs",
        "start_run",
        "Start a run by hand",
        runs.start_run,
        "Run",
        status=201,
        body="NewRun",
    ),
    _get("/runs/{run}", "get_run", "A run", runs.get_run, "Run"),
    _delete("/runs/{run}", "leave_run", "End a run by hand", runs.leave_run, "Run"),
    _post(
        "/runs/{run}/next",
        "skip_case",
        "Leave out the case, go on with the next",
        runs.skip_case,
        "Run",
    ),
    _post(
        "/runs/{run}/answer",
        "answer_question",
        "Say what the client did",
        runs.answer_question,
        "Run",
        body="Answer",
    ),
    _get(
        "/runs/{run}/report/{path}",
        "get_report",
        "A file of the report, as index.html",
        runs.get_report,
        forms=("*/*",),
    ),
)

OPERATIONS = (*_SERVER, *_OF_SESSIONS, *_OF_RULES, *_OF_MESSAGES, *_OF_USERS, *_OF_RUNS)
