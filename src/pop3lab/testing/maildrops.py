"""The messages of a server under test, which can change while it runs."""

from __future__ import annotations  # the manual shows the names of types

from collections.abc import Sequence
from typing import cast, overload

from pop3lab.core.errors import ConfigError
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.in_memory import InMemoryStore, StoredMessage
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.messages import Generate, MessageContent, new_message, new_messages


class MessageControl:
    """A server whose messages can change while it runs."""

    def __init__(
        self, lifecycle: ServerLifecycle, store: InMemoryStore, options: CurrentOptions
    ) -> None:
        self._process = lifecycle
        self._maildrops = store
        self._owners = options

    @overload
    def add(  # type: ignore[overload-overlap]
        self, message: MessageContent, uid: str = "", user: str | None = None
    ) -> str: ...

    @overload  # a text is a sequence, too, but one message
    def add(
        self, message: Generate | Sequence[MessageContent | Generate], *, user: str | None = None
    ) -> list[str]: ...

    def add(
        self,
        message: MessageContent | Generate | Sequence[MessageContent | Generate],
        uid: str = "",
        user: str | None = None,
    ) -> str | list[str]:
        """Deliver a message, or several, which clients see from the next login on.

        Args:
            message: The content, as in the option messages, or a list of messages.
            uid: The unique-id; empty for the next free number. Those of a list are in its messages.
            user: The owner; None for the first user.

        Returns:
            The unique-id of the message, or a list of those of all messages.

        Raises:
            ConfigError: The user is unknown, or a unique-id is wrong or taken.
            TypeError: It can't be a message.
        """
        self._process.check_process()
        owner = self._owner(user)
        if not isinstance(message, Generate | list | tuple):
            return self._maildrops.add(owner, new_message(cast(MessageContent, message), uid))
        if uid:
            raise ConfigError("uid= is for one message: write [Message(content, uid), ...]")
        several = list(new_messages(owner, message, self._owners.now.seed_of_messages))
        return [self._maildrops.add(owner, one) for one in several]

    def remove(self, uid: str, user: str | None = None) -> None:
        """Remove a message, as another program would. An open session still lists it.

        Args:
            uid: The unique-id.
            user: The owner; None for the first user.

        Raises:
            ConfigError: There is no such message.
        """
        self._process.check_process()
        self._maildrops.remove(self._owner(user), uid)

    def clear(self, user: str | None = None) -> None:
        """Remove all messages, as another program would. Open sessions still list them.

        Args:
            user: The owner; None for the messages of all users.

        Raises:
            ConfigError: The user is unknown.
        """
        self._process.check_process()
        self._maildrops.clear(user)

    @property
    def messages(self) -> list[StoredMessage]:
        """The current messages of all users, whatever quirks show to clients."""
        return self._maildrops.messages

    @property
    def deleted(self) -> list[str]:
        """The unique-ids of the messages that clients have deleted, in order."""
        return list(self._maildrops.deleted)

    def _owner(self, user: str | None) -> str:
        return self._owners.now.first_user if user is None else user
