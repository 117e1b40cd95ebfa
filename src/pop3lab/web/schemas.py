"""The JSON Schemas of what is requested, answered and told, by name."""

from collections.abc import Mapping

from pop3lab.observe.counters import COUNTED

Schema = Mapping[str, object]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_SECONDS: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "number", "description": "seconds since the epoch"}
_LINE_NUMBER: Schema = {"type": "integer", "description": "of the folded transcript, from 1"}


def ref(name: str) -> Schema:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {**schema, "type": [schema["type"], "null"]}


def either(schema: Schema, meaning: str) -> Schema:
    """Return the schema of a value of this kind, or null."""
    return {"anyOf": [schema, {"type": "null"}], "description": meaning}


def words(*those: str) -> Schema:
    """Return the schema of one of these words."""
    return {"type": "string", "enum": list(those)}


def described(schema: Schema, meaning: str) -> Schema:
    """Return the schema with a description."""
    return {**schema, "description": meaning}


def object_of(told: str, optional: Mapping[str, Schema] = {}, /, **members: Schema) -> Schema:
    """Return the schema of an object with these members, and no others."""
    return {
        "type": "object",
        "description": told,
        "properties": {**members, **optional},
        "required": list(members),
        "additionalProperties": False,
    }


_COUNTS = object_of(
    "how many",
    commands=_NUMBER,
    retrieved=_NUMBER,
    deleted=_NUMBER,
    violations=_NUMBER,
    applied_rules=_NUMBER,
)
_SESSION: dict[str, Schema] = {
    "number": described(_NUMBER, "1 for the first"),
    "state": words("AUTHORIZATION", "TRANSACTION", "ended", "closed"),
    "peer": described(_TEXT, "the client's address"),
    "user": described(or_null(_TEXT), "who has logged in"),
    "mechanism": described(_TEXT, "PASS, APOP or that of SASL; empty before the login"),
    "tls": described(_TEXT, "the version; empty without TLS"),
    "opened": _TIME,
    "ended": {**or_null(_SECONDS), "description": "seconds since the epoch"},
    "end_reason": described(_TEXT, "a word: quit, closed, reset ...; empty until the end"),
    "client_close": described(_TEXT, "closed or reset, which the client did; empty until then"),
    "received": described(_NUMBER, "octets"),
    "sent": described(_NUMBER, "octets"),
}
_VIOLATION: dict[str, Schema] = {
    "id": _TEXT,
    "level": words("MUST", "SHOULD", "advice"),
    "clause": described(_TEXT, "of the RFC"),
    "meaning": _TEXT,
    "why": _TEXT,
}
_RULE: dict[str, Schema] = {
    "id": described(_NUMBER, "of the rule, as in /rules/{id}"),
    "rule": described(_TEXT, "as it is written"),
    "hits": described(_NUMBER, "how often it took effect"),
    "times": described(or_null(_NUMBER), "how often it takes effect at most"),
    "behaviour": described(_TEXT, "the name of its quirk, fault or attack"),
    "family": words("quirk", "fault", "attack"),
    "meaning": _TEXT,
    "of_profile": _FLAG,
}
_PARAMETER = object_of(
    "a value of a behaviour",
    name=_TEXT,
    meaning=_TEXT,
    kind=_TEXT,
    default=described(or_null(_TEXT), "null if it is required"),
    choices=list_of(_TEXT),
)
_BEHAVIOUR = object_of(
    "a quirk, fault or attack",
    name=_TEXT,
    family=words("quirk", "fault", "attack"),
    category=_TEXT,
    meaning=_TEXT,
    source=described(_TEXT, "who does it, and the grade of the evidence"),
    bugs=described(_TEXT, "known bugs of clients"),
    parameters=list_of(_PARAMETER),
)
_PROFILE_RULE = object_of("a rule", rule=_TEXT, source=_TEXT, grade=_TEXT, known=_FLAG)
VERDICTS = ("pass", "info", "warn", "fail", "not-applicable", "not-reached", "unjudged")
_CASE = object_of(
    "a case",
    number=_TEXT,
    id=_TEXT,
    group=_TEXT,
    situation=_TEXT,
    why=_TEXT,
    expected=_TEXT,
    clause=_TEXT,
    rules=_TEXT,
    runs=described(_NUMBER, "how often the client is to get mail"),
    tls=words("", "stls", "implicit"),
)
_LINE = object_of(
    "a line of a transcript",
    session=_NUMBER,
    line=described(_NUMBER, "1 for the first of the session, with long bodies folded"),
    seconds=described(_SECONDS, "since the session was opened"),
    who=described(words("client", "server", ""), "empty for a note"),
    text=described(_TEXT, r"octets outside 0x20-0x7E are escaped, as \x1b, and the backslash"),
    whole=described(_FLAG, "the line ended with CRLF; false where only octets came"),
)
_STATE = words("serving", "paused", "refusing")
_EVENT = described(_NUMBER, "the id of the last event that is in this answer")
_MORE = described(_FLAG, "there are more in this direction")

SCHEMAS: dict[str, Schema] = {
    "Problem": object_of(
        "an error (RFC 9457)",
        {"misses": list_of(_TEXT)},
        type=_TEXT,
        title=_TEXT,
        status=_NUMBER,
        detail=described(_TEXT, "what is wrong and what to do, in a sentence"),
    ),
    "Version": object_of("the program", name=_TEXT, version=_TEXT),
    "About": object_of(
        "the server",
        version=_TEXT,
        endpoints=list_of(
            object_of(
                "where clients connect",
                host=_TEXT,
                port=_NUMBER,
                tls=words("none", "starttls", "implicit"),
            )
        ),
        user=described(_TEXT, "the first user; empty for none"),
        password=described(or_null(_TEXT), "of that user, if everybody knows it"),
        users=described(list_of(_TEXT), "all that are known by name"),
        profile=or_null(_TEXT),
        state=_STATE,
        target=described(_TEXT, "where the messages are"),
        read_only=described(_FLAG, "nothing can be changed over HTTP"),
        event=_EVENT,
    ),
    "Session": object_of("a session", **_SESSION, counts=_COUNTS),
    "Sessions": object_of(
        "sessions, in the order of their numbers",
        sessions=list_of(ref("Session")),
        total=described(_NUMBER, "how many sessions there were"),
        more=_MORE,
        event=_EVENT,
    ),
    "WholeSession": object_of(
        "a session with what it did",
        **_SESSION,
        counts=_COUNTS,
        commands=described(list_of(_TEXT), "verbs"),
        lines=described(list_of(_TEXT), "commands with arguments, secrets masked"),
        retrieved=described(list_of(_TEXT), "unique-ids"),
        deleted=described(list_of(_TEXT), "unique-ids"),
        violations=list_of(ref("Violation")),
        applied_rules=list_of(_TEXT),
    ),
    "Line": _LINE,
    "Lines": object_of(
        "lines of a transcript",
        lines=list_of(ref("Line")),
        total=described(_NUMBER, "lines of the transcript until now"),
        more=_MORE,
        event=_EVENT,
    ),
    "Rule": object_of("a rule in force", **_RULE),
    "Rules": object_of(
        "the rules in force",
        seed=described(_NUMBER, "of random choices"),
        rules=list_of(ref("Rule")),
    ),
    "NewRule": object_of("a rule", rule=described(_TEXT, "RETR 2 times=1 -> cut-after 512")),
    "NewRules": object_of("rules", rules=list_of(_TEXT)),
    "CheckedRule": object_of(
        "whether a rule can be parsed",
        valid=_FLAG,
        rule=described(or_null(_TEXT), "in its usual form"),
        detail=described(_TEXT, "the mistake; empty for none"),
    ),
    "Messages": object_of(
        "the messages of a user, in order",
        user=_TEXT,
        messages=list_of(object_of("a message", number=_NUMBER, uid=_TEXT, octets=_NUMBER)),
    ),
    "Message": object_of(
        "a message",
        uid=_TEXT,
        octets=_NUMBER,
        fields=described(
            list_of(object_of("a header field", name=_TEXT, value=_TEXT)), "unfolded, not decoded"
        ),
    ),
    "Generate": object_of(
        "messages to be made up; the same seed makes the same messages",
        generate=object_of(
            "how",
            {
                "count": described(_NUMBER, "1 by default"),
                "size": described(_TEXT, "10KiB, 2KiB..64KiB or lognormal"),
                "seed": {"type": ["integer", "string"]},
                "nasty": described(_TEXT, "share of messages that are hard to handle, as 10%"),
            },
        ),
    ),
    "Added": object_of("what was added", user=_TEXT, uids=list_of(_TEXT)),
    "Counters": object_of(
        "counts since the start or the last reset",
        **dict.fromkeys(COUNTED, _NUMBER),
        verbs={"type": "object", "additionalProperties": _NUMBER},
    ),
    "Wanted": {
        "type": "object",
        "description": 'counters and verbs with the numbers to be reached, as {"RETR": 3}',
        "properties": {"timeout": described(_SECONDS, "seconds to wait; 10 by default")},
        "additionalProperties": _NUMBER,
    },
    "Service": object_of("what clients meet", state=_STATE),
    "Case": _CASE,
    "Cases": object_of("all cases, in order", cases=list_of(ref("Case"))),
    "Run": object_of(
        "a run of cases with a client",
        run=_NUMBER,
        kind=words("by hand", "command"),
        client=described(_TEXT, "its name"),
        state=described(words("running", "asking", "done"), "asking: it waits for an answer"),
        case=either(ref("Case"), "the case that the person is led through"),
        nth=described(_NUMBER, "the number of the run of the case, from 1"),
        account=either(ref("Account"), "the settings for the client"),
        question=either(ref("Question"), "what the person is asked"),
        total=described(_NUMBER, "cases"),
        verdicts=list_of(ref("Verdict")),
        report=described(or_null(_TEXT), "the path of the report's page, when it is there"),
    ),
    "Verdict": object_of(
        "the verdict of a case",
        run=_NUMBER,
        case=described(_TEXT, "its id"),
        number=_TEXT,
        verdict=words(*VERDICTS),
        reason=described(_TEXT, "why there is none"),
        findings=list_of(_TEXT),
    ),
    "Account": object_of(
        "the settings for the client",
        host=_TEXT,
        port=_NUMBER,
        user=_TEXT,
        password=_TEXT,
        tls=words("", "stls", "implicit"),
        auth=described(_TEXT, "empty for USER and PASS"),
        ca_file=described(_TEXT, "of the certificate to be trusted; empty for none"),
        delete=described(_FLAG, "delete the messages from the server"),
    ),
    "Question": object_of(
        "what the person is asked",
        kind=words("get-mail", "ended", "seen", "early"),
        text=_TEXT,
        answers=described(list_of(_TEXT), "words, or the numbers of messages"),
        several=described(_FLAG, "the answer is any of them, separated by spaces"),
    ),
    "Runs": object_of("all runs", runs=list_of(ref("Run"))),
    "NewRun": object_of(
        "a run by hand",
        {"cases": described(list_of(_TEXT), "ids, numbers, groups or clauses; all by default")},
    ),
    "Answer": object_of("what the person says", answer=_TEXT),
    "Users": object_of("the users that are known by name", users=list_of(_TEXT)),
    "NewUser": object_of("a user", user=_TEXT, password=_TEXT),
    "NewPassword": object_of("a password", password=_TEXT),
    "NewToken": object_of(
        "a token for OAuth",
        token=_TEXT,
        user=described(_TEXT, "the owner; behind it, with commas, others whose maildrops it opens"),
    ),
    "Token": object_of("the token of the page's address", token=_TEXT),
    "OldToken": object_of("a token", token=_TEXT),
    "Behaviour": _BEHAVIOUR,
    "Quirks": object_of("all quirks", quirks=list_of(ref("Behaviour"))),
    "Faults": object_of("all faults", faults=list_of(ref("Behaviour"))),
    "Attacks": object_of("all attacks", attacks=list_of(ref("Behaviour"))),
    "Profile": object_of("a profile", name=_TEXT, meaning=_TEXT, rules=list_of(_PROFILE_RULE)),
    "Profiles": object_of("all profiles", profiles=list_of(ref("Profile"))),
    "Violation": object_of("a violation", **_VIOLATION),
    "Violations": object_of("all violations", violations=list_of(ref("Violation"))),
}

# The data of events, by kind.
_OF_SESSION: dict[str, Schema] = {"session": _NUMBER, "time": _TIME}
EVENT_SCHEMAS: dict[str, Schema] = {
    "opened": object_of("a client has connected", **_OF_SESSION, peer=_TEXT),
    "line": ref("Line"),
    "changed": described(ref("Session"), "the session after a login, TLS, deletion or its end"),
    "ended": described(ref("Session"), "the session has ended, and its connection is closed"),
    "violation": object_of(
        "the client has violated an RFC, by this line",
        **_OF_SESSION,
        line=_LINE_NUMBER,
        **_VIOLATION,
    ),
    "applied": object_of(
        "a rule took effect, at this line",
        **_OF_SESSION,
        line=_LINE_NUMBER,
        rule=_TEXT,
        unconditional=described(_FLAG, "it always holds"),
    ),
    "message": object_of(
        "messages have come or gone; session: of the client that deleted them",
        change=words("added", "removed", "cleared", "deleted"),
        user=described(or_null(_TEXT), "null for all users"),
        uids=list_of(_TEXT),
        session=or_null(_NUMBER),
    ),
    "rules": described(ref("Rules"), "other rules are in force"),
    "reset": object_of("the server began anew: sessions are numbered from 1 again"),
    "service": object_of("clients", state=_STATE),
    "verdict": described(ref("Verdict"), "a case of a run has been judged"),
    "run": described(ref("Run"), "a run goes on, asks or is done"),
    "skipped": object_of("this reader is too slow; these were not sent to it", events=_NUMBER),
    "gap": object_of(
        "these were before the oldest event that is kept; null if the server is another",
        events=or_null(_NUMBER),
    ),
}
