"""Whether the options of a server in a test can be; all raise ConfigError where one can't."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from inspect import signature

from pop3lab.core.errors import ConfigError
from pop3lab.core.limits import Limits
from pop3lab.core.limits import check_limits as check_bounds
from pop3lab.stores.nearest import nearest
from pop3lab.watch.violations.violation import CLAIMS


def check_names(given: Iterable[str], taker: Callable[..., object]) -> None:
    """Whether all are names of parameters of the taker."""
    known = signature(taker).parameters
    for name in given:
        if name not in known:
            raise ConfigError(f"there is no option {name!r}{nearest(name, known)}")


def check_number(
    name: str, given: object, *, whole: bool = False, most: float = float("inf")
) -> None:
    """Whether it is a number from 0 to most."""
    kinds = int if whole else int | float
    if isinstance(given, bool) or not isinstance(given, kinds) or not 0 <= given <= most:
        kind = "whole number" if whole else "number"
        upper = "or more" if most == float("inf") else f"to {most}"
        raise ConfigError(f"{name}={given!r}: write a {kind}, 0 {upper}")


def check_limits(given: object) -> None:
    """Whether all of them are numbers, and within their bounds."""
    if not isinstance(given, Limits):
        raise ConfigError(f"limits={given!r}: write Limits(...), as Limits(idle=1.5)")
    for name, value in asdict(given).items():
        check_number(f"limits: {name}", value, whole=isinstance(getattr(Limits(), name), int))
    check_bounds(given)


def texts(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """All of them, which must be texts, and not one text."""
    if isinstance(given, str):
        raise ConfigError(f"{name}={given!r}: write a list, as in {name}=[{given!r}]")
    try:
        all_given = tuple(given)
    except TypeError:
        raise ConfigError(f"{name}={given!r}: write a list of texts") from None
    for one in all_given:
        if not isinstance(one, str):
            raise ConfigError(f"{name}: {one!r} is no text")
    return all_given


def check_claims(given: Iterable[str]) -> None:
    """Whether they are words for what a client may promise."""
    for claim in given:
        if claim not in CLAIMS:
            known = ", ".join(CLAIMS)
            raise ConfigError(f"claims= has no {claim!r}, only {known}{nearest(claim, CLAIMS)}")


def check_users(given: object) -> None:
    """Whether they are names with passwords, and somebody is among them."""
    if not isinstance(given, Mapping):
        raise ConfigError(f"users={given!r}: write passwords by name, as {{'ann': 'secret'}}")
    if not given:
        raise ConfigError("users= is empty: nobody could log in")
    for name, password in given.items():
        if not isinstance(name, str) or not name or not name.isprintable():
            raise ConfigError(f"users: {name!r} is no name, which is a printable text")
        if not _is_utf8(password):
            raise ConfigError(f"users: the password of {name} is no text that could be sent")


def users_by_token(given: object, users: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The same where each token has a list of users; a text is one, or several with commas."""
    if not isinstance(given, Mapping) or not all(map(_is_utf8, given)):
        raise ConfigError("tokens= is no table: write users by token, as {'some-token': 'ann'}")
    return {token: _users_of(opened, users) for token, opened in given.items()}


def _users_of(opened: object, users: Mapping[str, str]) -> tuple[str, ...]:
    if isinstance(opened, str):
        return (opened,) if opened in users else tuple(opened.split(","))
    return tuple(opened) if isinstance(opened, Sequence) and opened else (str(opened),)


def check_tokens(given: Mapping[str, tuple[str, ...]], users: Mapping[str, str]) -> None:
    """Whether those whose maildrops they open are there."""
    for user in (user for opened in given.values() for user in opened):
        if user not in users:
            raise ConfigError(
                f"tokens for {user!r}, who is not in users={nearest(str(user), users)}"
            )


def check_authzid(given: Iterable[str], users: Mapping[str, str]) -> None:
    """Whether all are NAME:USER, and both are there."""
    for one in given:
        for user in parted(one):
            if user not in users:
                raise ConfigError(
                    f"authzid={one!r}: {user!r} is not in users={nearest(user, users)}:"
                    " write NAME:USER, who may act, and for whom"
                )


def parted(authzid: str) -> tuple[str, str]:
    """Who may act, and for whom."""
    name, _, user = authzid.partition(":")
    return name, user


def _is_utf8(given: object) -> bool:
    try:
        return isinstance(given, str) and given.encode() is not None
    except UnicodeEncodeError:
        return False
