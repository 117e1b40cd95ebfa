"""The checks of `pop3lab doctor` for the target and the maildrops of users."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import cast

from pop3lab.auth.tokens import TokenState
from pop3lab.auth.users_file import read_users_file
from pop3lab.cli import factories as parts
from pop3lab.config.diagnostics import Diagnosis
from pop3lab.config.options import Settings
from pop3lab.config.tokens_file import read_tokens_file
from pop3lab.config.types import is_path
from pop3lab.core.errors import ConfigError, MaildropBusy, Refused, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.factory import POSTGRES_SCHEMES, create_store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.location import USER_PLACEHOLDER
from pop3lab.stores.survey import MaildropState, MaildropStatus, survey_maildrop

_MOST = 20  # users named in a message


def maildrop_findings(settings: Settings) -> Iterator[Diagnosis]:
    """Check whether a server can start with the target, and the maildrop of each known user."""
    yield from _of_all(settings)
    yield from _of_users(settings)
    for target in parts.half_done(settings):
        told = f"{target!r} was left half-done by a server that was killed; a start finishes it"
        yield Diagnosis(None, told)


def _of_all(settings: Settings) -> Iterator[Diagnosis]:
    """Return what is wrong with the kind of the target; its existence is checked elsewhere."""
    target = settings.target
    if target and _is_of_all(settings) and (not is_path(target) or os.path.exists(target)):
        try:
            create_store(target, on_delete=cast(OnDelete, settings.on_delete))
        except (ConfigError, OSError) as error:
            yield Diagnosis(False, str(error))
        else:
            yield from _of_database(target)
    yield from (Diagnosis(None, told) for told in parts.advice(settings))


def _of_database(target: str) -> Iterator[Diagnosis]:
    if target.startswith(POSTGRES_SCHEMES):
        from pop3lab.stores.postgres.store import connected  # imports the library
        from pop3lab.stores.postgres.survey import survey_database

        with connected(target) as connection:
            for good, text in survey_database(target, connection):
                yield Diagnosis(good, text)


def _of_users(settings: Settings) -> Iterator[Diagnosis]:
    seen = _seen(settings)
    store = _store(settings)
    ready = [user for user, one in seen.items() if one.state is MaildropState.READY]
    failing = {user: told for user in ready if store and (told := _failure(store, user))}
    if there := [user for user in ready if user not in failing]:
        can = "can be opened" if store else "are there"
        yield Diagnosis(True, f"maildrops {can} for {_named(there)}")
    if later := [user for user, one in seen.items() if one.state is MaildropState.NOT_YET]:
        yield Diagnosis(
            True, f"maildrops are empty until something is delivered for {_named(later)}"
        )
    bad = [
        user
        for user, one in seen.items()
        if one.state in (MaildropState.UNUSABLE, MaildropState.REFUSED)
    ]
    for user in bad[:_MOST]:
        state, text = seen[user]
        good = False if state is MaildropState.REFUSED else None
        yield Diagnosis(good, f"user {user!r} has no maildrop: {text}")
    if len(bad) > _MOST:
        yield Diagnosis(None, f"{len(bad) - _MOST} more users have no maildrop")
    for user, told in [*failing.items()][:_MOST]:
        yield Diagnosis(None, f"user {user!r} has a maildrop with a fault: {told}")
    if len(failing) > _MOST:
        yield Diagnosis(None, f"{len(failing) - _MOST} more users have maildrops with faults")
    if store and _is_of_all(settings) and not seen and (told := _failure(store, "")):
        yield Diagnosis(None, f"the maildrop has a fault: {told}")


def _is_of_all(settings: Settings) -> bool:
    return USER_PLACEHOLDER not in (settings.target or "")


def _store(settings: Settings) -> Store | None:
    """Return the store whose maildrops are tried; None if that is not for this user to do.

    A login finishes what is half-done, and may leave files of the user who serves.
    """
    if settings.run_as or not (settings.target and is_path(settings.target)):
        return None
    if [*parts.half_done(settings)]:
        return None
    try:
        return parts.store(settings)
    except (ConfigError, OSError):  # it is told elsewhere
        return None


def _failure(store: Store, user: str) -> str:
    """Open a maildrop as a login does, and close it; return what is wrong with it, if anything."""
    try:
        maildrop = store.open(user)
    except MaildropBusy:
        return ""  # a session has it, which is well
    except (Refused, StoreFailed) as failure:
        return str(failure.__cause__ or failure)
    try:
        return "; ".join(maildrop.snapshot.left_out)
    finally:
        maildrop.close()


def _seen(settings: Settings) -> Mapping[str, MaildropStatus]:
    own = {user.name: user.maildrop for user in settings.users if user.maildrop}
    on_delete = cast(OnDelete, settings.on_delete)
    found = {}
    for user in dict.fromkeys(_known(settings)):
        target = own.get(user, settings.target)
        one = target and survey_maildrop(target, user, on_delete, own=user in own)
        if one:
            found[user] = one
    return found


def _known(settings: Settings) -> Iterator[str]:
    """Return the users who may log in; unreadable files are reported elsewhere."""
    yield from (user.name for user in settings.users)
    with suppress(ConfigError):
        if settings.users_file:
            yield from read_users_file(settings.users_file)
    with suppress(ConfigError):
        if settings.tokens:
            tokens = read_tokens_file(settings.tokens, [state.value for state in TokenState])
            for line in tokens.values():
                yield from (line.user, *line.others)
    yield from (authzid.user for authzid in settings.authzids)
    if settings.anonymous:
        yield settings.anonymous


def _named(users: Iterable[str]) -> str:
    names = [*users]
    shown = ", ".join(map(repr, names[:_MOST]))
    return f"{shown} and {len(names) - _MOST} more" if len(names) > _MOST else shown
