"""What has still to be computed before it is known whether credentials are right."""

from collections.abc import Callable

from pop3lab.core.errors import TooMany


class Proof:
    """A slow comparison of a password, run at most once, in whatever thread.

    It asks nothing of the session and tells it nothing; a session looks at the outcome later.
    """

    __slots__ = ("_compare", "_error", "_user")

    def __init__(self, compare: Callable[[], str]) -> None:
        """compare: the user whose maildrop is to be opened, or raises LoginFailed."""
        self._compare = compare
        self._user: str | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Compute it. Does not fail: what goes wrong is for whoever asks for the user."""
        try:
            self._user = self._compare()
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs
            self._error = error

    @property
    def user(self) -> str:
        """Whose credentials they are. Raises what the comparison raised, TooMany if none was."""
        if self._error is not None:
            raise self._error
        if self._user is None:
            raise TooMany("too many logins at once, try again later")
        return self._user
