"""Unique-ids that change between sessions (RFC 1939 section 7)."""

from collections.abc import Callable, Sequence
from hashlib import md5
from typing import Annotated, Literal

from pop3lab.core.hooks import Hooks
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Numbers

quirk = BehaviourDecorator("quirk", category="uidl")

_NEEDS_UIDL = ("UIDL", "unique-id of a message's own")

_MAX_LENGTH = 70  # characters of a unique-id


@quirk(
    "changes all unique-ids at the start of some of a user's sessions",
    source="Zimbra's migrations (zm-mailbox#1472), chatmail#374, Dovecot's migration guide (B)",
    bugs="downloads all messages again; expires old messages before it has downloaded them",
    needs=_NEEDS_UIDL,
    layer=Layer.LAST,
)
def uidl_all_changed(
    sessions: Annotated[Numbers, "the user's sessions that start with a change"] = (2,),
    prefix: Annotated[str, "prefix of the changed unique-ids"] = "moved-",
) -> Hooks:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        times = sum(session <= visit.nth for session in sessions)
        if not times:
            return visit.messages
        return [
            one.with_entry(uid=_other(one.entry.uid, f"{prefix}{times}-")) for one in visit.messages
        ]

    return ViewHook(view)


def _other(uid: str, prefix: str) -> str:
    other = prefix + uid
    if len(other) <= _MAX_LENGTH:
        return other
    return md5(other.encode("ascii"), usedforsecurity=False).hexdigest()


_Format = Literal["decimal", "hex", "UIDn", "UIDn-UIDV", "validity.uid", "validity-uid"]
_FORMATS: dict[_Format, Callable[[int, int], str]] = {
    "decimal": lambda uid, validity: f"{uid}",
    "hex": lambda uid, validity: f"{uid:08x}{validity:08x}",
    "UIDn": lambda uid, validity: f"UID{uid}",
    "UIDn-UIDV": lambda uid, validity: f"UID{uid}-{validity}",
    "validity.uid": lambda uid, validity: f"{validity}.{uid}",
    "validity-uid": lambda uid, validity: f"{validity}-{uid}",
}


@quirk(
    "changes the format of unique-ids from some session on",
    source="Cyrus and Courier, by options (A)",
    bugs="downloads all messages again",
    needs=_NEEDS_UIDL,
    layer=Layer.LAST,
    aspect="the form of unique-ids",
)
def uidl_format_changes(
    session: Annotated[Count, "the user's first session with the new format"] = 2,
    before: Annotated[_Format, "the old format"] = "decimal",
    after: Annotated[_Format, "the new format"] = "UIDn-UIDV",
    validity: Annotated[Count, "the maildrop's validity number in the unique-ids"] = 1,
) -> Hooks:
    numbers: dict[str, dict[str, int]] = {}

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        known = numbers.setdefault(visit.user, {})
        write = _FORMATS[before if visit.nth < session else after]

        def with_new_uid(one: ListedMessage) -> ListedMessage:
            number = known.setdefault(one.entry.uid, len(known) + 1)
            return one.with_entry(uid=write(number, validity))

        return list(map(with_new_uid, visit.messages))

    return ViewHook(view)


class _Reuse:
    """Gives new messages the unique-ids of deleted ones."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, str]] = {}  # by user and real unique-id
        self._free: dict[str, list[str]] = {}

    def view(self, visit: LoginContext) -> Sequence[ListedMessage]:
        shown = self._shown.setdefault(visit.user, {})
        free = self._free.setdefault(visit.user, [])
        there = {one.entry.uid for one in visit.messages}
        for uid in shown.keys() - there:
            free.append(shown.pop(uid))
        free.sort()
        for one in visit.messages:
            if one.entry.uid not in shown:
                shown[one.entry.uid] = free.pop(0) if free else one.entry.uid
        return [one.with_entry(uid=shown[one.entry.uid]) for one in visit.messages]


@quirk(
    "gives a new message the unique-id of a deleted message",
    source="Cyrus#374 (B)",
    bugs="never downloads the new message, or deletes it in place of the old one",
    needs=(*_NEEDS_UIDL, "DELE", "deletion at QUIT", "deletion from the store"),
)
def uidl_reused() -> Hooks:
    return ViewHook(_Reuse().view)


@quirk(
    "omits the last messages in some of a user's sessions",
    source="Gmail's windows, replication (C)",
    bugs="Thunderbird and K-9 forget the messages that are not listed",
)
def uidl_shrinks(
    sessions: Annotated[Numbers, "the user's sessions without the last messages"] = (2,),
    count: Annotated[Count, "number of omitted messages"] = 1,
) -> Hooks:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        fewer = visit.messages[: max(0, len(visit.messages) - count)]
        return fewer if visit.nth in sessions else visit.messages

    return ViewHook(view)
