"""Unique-ids that do not last from one session to the next (RFC 1939 section 7)."""

from collections.abc import Callable, Sequence
from hashlib import md5

from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, MaildropView, ViewHook
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.values import COUNT, NUMBERS, TEXT, Parameter, choice

_MOST = 70  # characters of a unique-id

_FORMATS: dict[str, Callable[[int, int], str]] = {
    "decimal": lambda uid, validity: f"{uid}",
    "hex": lambda uid, validity: f"{uid:08x}{validity:08x}",
    "UIDn": lambda uid, validity: f"UID{uid}",
    "UIDn-UIDV": lambda uid, validity: f"UID{uid}-{validity}",
    "validity.uid": lambda uid, validity: f"{validity}.{uid}",
    "validity-uid": lambda uid, validity: f"{validity}-{uid}",
}


def _all_changed(sessions: Sequence[int], prefix: str) -> MaildropView:
    """Once more at each of these sessions."""

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        times = sum(session <= visit.nth for session in sessions)
        if not times:
            return visit.messages
        return [
            one.with_entry(uid=_other(one.entry.uid, f"{prefix}{times}-")) for one in visit.messages
        ]

    return view


def _other(uid: str, prefix: str) -> str:
    other = prefix + uid
    if len(other) <= _MOST:
        return other
    return md5(other.encode("ascii"), usedforsecurity=False).hexdigest()


def _format_changes(session: int, before: str, after: str, validity: int) -> MaildropView:
    numbers: dict[str, dict[str, int]] = {}

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        known = numbers.setdefault(visit.user, {})
        write = _FORMATS[before if visit.nth < session else after]

        def with_new_uid(one: ListedMessage) -> ListedMessage:
            number = known.setdefault(one.entry.uid, len(known) + 1)
            return one.with_entry(uid=write(number, validity))

        return list(map(with_new_uid, visit.messages))

    return view


class _Reuse:
    """Gives a new message the unique-id of one that is gone."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, str]] = {}  # by user, then by what it was
        self._free: dict[str, list[str]] = {}

    def view(self, visit: LoginContext) -> Sequence[ListedMessage]:
        told = self._told.setdefault(visit.user, {})
        free = self._free.setdefault(visit.user, [])
        there = {one.entry.uid for one in visit.messages}
        for uid in told.keys() - there:
            free.append(told.pop(uid))
        free.sort()
        for one in visit.messages:
            if one.entry.uid not in told:
                told[one.entry.uid] = free.pop(0) if free else one.entry.uid
        return [one.with_entry(uid=told[one.entry.uid]) for one in visit.messages]


def _shrinks(sessions: Sequence[int], count: int) -> MaildropView:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        fewer = visit.messages[: max(0, len(visit.messages) - count)]
        return fewer if visit.nth in sessions else visit.messages

    return view


_SESSION = Parameter("session", COUNT, "from which of the user's sessions on", 2)

ROWS = (
    Behaviour(
        "uidl-all-changed",
        "from a session on all unique-ids are others",
        "Zimbra's migrations (zm-mailbox#1472), chatmail#374, Dovecot's migration guide (B)",
        lambda server, sessions, prefix: ViewHook(_all_changed(sessions, prefix)),
        (
            Parameter("sessions", NUMBERS, "at which of the user's sessions", (2,)),
            Parameter("prefix", TEXT, "with which they begin then", "moved-"),
        ),
        category="uidl",
        bugs="all is fetched again; what was never fetched is deleted by its age",
        needs=(
            "UIDL",
            "unique-id of a message's own",
        ),
        layer=Layer.LAST,
    ),
    Behaviour(
        "uidl-format-changes",
        "from a session on unique-ids are written in another way",
        "Cyrus and Courier, by options (A)",
        lambda server, session, before, after, validity: ViewHook(
            _format_changes(session, before, after, validity)
        ),
        (
            _SESSION,
            Parameter("before", choice(*_FORMATS), "how they are written at first", "decimal"),
            Parameter("after", choice(*_FORMATS), "how they are written then", "UIDn-UIDV"),
            Parameter("validity", COUNT, "the number of the maildrop in them", 1),
        ),
        category="uidl",
        bugs="all is fetched again",
        needs=(
            "UIDL",
            "unique-id of a message's own",
        ),
        layer=Layer.LAST,
        aspect="the form of unique-ids",
    ),
    Behaviour(
        "uidl-reused",
        "a new message has the unique-id of one that was deleted",
        "Cyrus#374 (B)",
        lambda server: ViewHook(_Reuse().view),
        category="uidl",
        bugs="the new message is never fetched, or is deleted for the old one",
        needs=(
            "UIDL",
            "unique-id of a message's own",
            "DELE",
            "deletion at QUIT",
            "deletion from the store",
        ),
    ),
    Behaviour(
        "uidl-shrinks",
        "in some of a user's sessions the last messages are missing",
        "Gmail's windows, replication (C)",
        lambda server, sessions, count: ViewHook(_shrinks(sessions, count)),
        (
            Parameter("sessions", NUMBERS, "which of the user's sessions", (2,)),
            Parameter("count", COUNT, "how many are missing", 1),
        ),
        category="uidl",
        bugs="Thunderbird and K-9 forget what is not listed",
    ),
)
