"""The accounts of the process that serves: from its settings, and as commands change them."""

from collections.abc import Callable
from typing import NamedTuple

from pop3lab.auth.account_table import AccountTable
from pop3lab.auth.authenticator import Authenticator
from pop3lab.cli import factories as parts
from pop3lab.cli.known_words import SecretWords
from pop3lab.config.options import Settings
from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.transport.reloading import free_slowly


class ReadAccounts(NamedTuple):
    """What the settings and their files say at a moment."""

    table: AccountTable
    users: Authenticator


class ProcessAccounts:
    """Users and tokens. Changes hold for later logins, until the settings are read again.

    table: users and tokens as they are now. users: who can log in. public: passwords that
    everybody would guess are refused. on_change: called after a change by a command.
    """

    def __init__(
        self, settings: Settings, secrets: SecretWords, doubt: Callable[[str], None]
    ) -> None:
        """doubt: gets a sentence for each setting that may not mean what it says.

        Raises ConfigError.
        """
        self._settings = settings
        self._secrets = secrets
        self._doubt = doubt
        self._salt_key = parts.salt_key(settings)
        self._public = False
        self.on_change: Callable[[], None] = lambda: None
        self.use(self.read())

    def read(self) -> ReadAccounts:
        """Read the settings and their files. Raises ConfigError."""
        table = parts.account_table(self._settings, self._doubt)
        return ReadAccounts(table, self._made(table))

    def use(self, read: ReadAccounts) -> None:
        """Have these from now on."""
        self.table, self.users = read
        self._secrets.use(self.users)

    def _made(self, table: AccountTable) -> Authenticator:
        settings = self._settings
        users = parts.accounts(settings, self._salt_key, self._doubt, table)
        users.mechanisms(Channel(secure=True))  # the first session would wait for what this makes
        free_slowly(users, list[object](users.accounts.all))
        parts.check_logins(settings, users)
        if self._public:
            _refuse_well_known(users)
        return users

    def be_public(self) -> None:
        """Refuse passwords that are easy to guess, now and later. Raises ConfigError."""
        self._public = True
        _refuse_well_known(self.users)

    def change(self, change: Callable[[AccountTable], AccountTable]) -> None:
        """Have the changed table from now on. Raises ConfigError."""
        settings = self._settings
        if settings.any_user:
            raise ConfigError("any-user lets everybody in: there are no accounts")
        table = change(self.table)
        users = self._made(table)
        comes = table.tokens.keys() - self.table.tokens.keys()
        if comes and not (settings.tls or settings.allow_oauth_in_clear):
            raise ConfigError(parts.oauth_withheld(settings, users))
        self.use(ReadAccounts(table, users))
        self.on_change()

    def has(self, name: str) -> bool:
        """Tell whether a user of exactly this name has a password or a token."""
        return self.table.has(name)

    def check_known(self, user: str) -> None:
        """Raise ConfigError if nobody could open a maildrop of this name."""
        settings = self._settings
        others = (settings.anonymous, *(one.user for one in settings.authzids))
        known = dict.fromkeys((*self.table.users, *filter(None, others)))
        if user not in known and not (settings.any_user or settings.oauth_keys):
            raise ConfigError(f"there is no user {user!r}; the users are {', '.join(known)}")


def _refuse_well_known(users: Authenticator) -> None:
    """Raise ConfigError if a password is easy to guess."""
    if weak := parts.well_known_users(users):
        raise ConfigError(f"user {weak[0]!r} has a well-known password: change it, or stay here")
