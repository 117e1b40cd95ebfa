"""A path with `{user}` in it, which stands for the name that logs in."""

import os

from pop3lab.core.errors import ConfigError
from pop3lab.stores.location import Beneath, open_beneath

USER = "{user}"


class Template:
    """A path with `{user}` in one or more of its parts.

    place: the folder before the first of them, which is the operator's, links and all. From there
    on no link is followed.
    """

    def __init__(self, text: str) -> None:
        """Raises ConfigError for parts behind `{user}` that lead elsewhere, or nowhere."""
        parts = text.rstrip("/").split("/")
        first = next(number for number, part in enumerate(parts) if USER in part)
        self.place = "/".join(parts[:first]) or ("/" if first else ".")
        self._parts = tuple(parts[first:])
        for part in self._parts:
            if part in ("", ".", ".."):
                raise ConfigError(
                    f"TARGET {text!r}: a part {part!r} behind {USER} would lead"
                    " elsewhere for some; write the path without it"
                )
            if USER in part and part.startswith("."):
                raise ConfigError(
                    f"TARGET {text!r}: {part!r} begins with a dot, and what is hidden is nobody's"
                )

    def location(self, user: str) -> "UsersLocation":
        """Where this user's maildrop is, or is to be. Raises ValueError for a name that leads
        elsewhere or can't be one.
        """  # noqa: D205 - one sentence
        named = {
            number: part.replace(USER, user)
            for number, part in enumerate(self._parts)
            if USER in part
        }
        os.fsencode(user)  # raises such an error as well
        if not user or not all(map(_is_name, named.values())):
            raise ValueError("the name can't be a part of a path")
        parts = [named.get(number, part) for number, part in enumerate(self._parts)]
        return UsersLocation(self.place, parts, named)


def _is_name(part: str) -> bool:
    """Hidden ones are nobody's, and `.` and `..` are hidden."""
    return "/" not in part and "\0" not in part and not part.startswith(".")


class UsersLocation(Beneath):
    """The name is compared with what is listed: another spelling, where the file system takes it
    for the same, is another name.
    """  # noqa: D205 - one sentence

    def __init__(self, place: str, parts: list[str], named: dict[int, str]) -> None:
        """named: the parts that hold the user's name, by their places."""
        super().__init__(place, parts, users=len(parts))
        self._named = named
        self._at = place, parts
        self._is_listed = False  # it was, once

    def look(self) -> os.stat_result | None:
        """Raises OSError."""
        status = super().look()
        if status is None or self._is_listed:
            return status
        if not all(self._listed(number) for number in self._named):
            return None
        self._is_listed = True
        return status

    def _listed(self, number: int) -> bool:
        place, parts = self._at
        directory = open_beneath(place, parts[:number])
        try:
            return self._named[number] in os.listdir(directory)
        finally:
            os.close(directory)
