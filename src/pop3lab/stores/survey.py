"""Check users' maildrops before anybody logs in, without opening them for a session."""

import os
from enum import Enum
from typing import NamedTuple

from pop3lab.core.errors import ConfigError
from pop3lab.stores.detection import StoreKind, detect_kind
from pop3lab.stores.factory import location_of
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.location import Location
from pop3lab.stores.mbox.rewrite import may_be_mbox


class MaildropState(Enum):
    """Whether a user's maildrop can be used."""

    READY = 1
    NOT_YET = 2  # and empty until then
    UNUSABLE = 3  # this user can't log in, or can't delete
    REFUSED = 4  # the server does not start with it


class MaildropStatus(NamedTuple):
    """A state, and the reason, which names the path."""

    state: MaildropState
    text: str = ""


def survey_maildrop(
    target: str, user: str, on_delete: OnDelete, *, own: bool
) -> MaildropStatus | None:
    """Return the state of a user's maildrop; None if it is no file or folder of the user's own.

    own: whether the target is this user's alone.
    """
    try:
        location = location_of(target, user, on_delete, own=own)
    except ConfigError as error:
        return MaildropStatus(MaildropState.REFUSED, str(error))
    except ValueError as error:
        return MaildropStatus(MaildropState.UNUSABLE, str(error))
    if location is None:
        return None
    try:
        return _seen(location, on_delete)
    except OSError as error:
        return MaildropStatus(MaildropState.UNUSABLE, f"{error.filename!r}: {error.strerror}")


def _seen(location: Location, on_delete: OnDelete) -> MaildropStatus:
    kind = detect_kind(location)
    path = str(location)
    if kind is None:
        return MaildropStatus(MaildropState.NOT_YET)
    if not os.access(path, _needed(kind, on_delete)):
        return MaildropStatus(MaildropState.UNUSABLE, f"{path!r} is not readable and writable")
    if kind is not StoreKind.MBOX:
        return MaildropStatus(MaildropState.READY)
    if on_delete == "trash":
        return MaildropStatus(
            MaildropState.UNUSABLE, f"{path!r} is an mbox file, which has no trash"
        )
    if not may_be_mbox(path):
        return MaildropStatus(MaildropState.UNUSABLE, f"{path!r} is not an mbox file")
    return MaildropStatus(MaildropState.READY)


def _needed(kind: StoreKind, on_delete: OnDelete) -> int:
    if kind is StoreKind.MBOX:
        return os.R_OK | os.W_OK
    return os.R_OK | os.X_OK | (0 if on_delete == "hide" else os.W_OK)
