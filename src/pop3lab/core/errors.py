"""What can go wrong, in three families.

Refused      the client's turn failed; the session goes on
  NotUnderstood    the line is no command, or its arguments are wrong
  WrongState       a command that is not for this state
  LoginFailed      the credentials are wrong
  NoSuchMessage    a number outside 1..n, or of a message marked as deleted
  MaildropBusy     another session holds the maildrop
  TooEarly         the last login is too short a time ago
  TooMany          others wait for the same already
  NeedsUTF8        a message that a client without UTF8 can't have
  NotSent          to be deleted, though it could not be retrieved
  NotWanted        nobody waits for it any more
StoreFailed  the store's: -ERR before the first octet of a reply, a reset connection after it
  LockLost         the session no longer holds the maildrop, and ends
  MessageGone      somebody else has removed the message
  NoMaildrop       a user who has none
  StoreFull        there is no room for a message
  MaildropDamaged  somebody has to mend it first
ConfigError  the operator's: names what to change
"""


class Refused(Exception):
    """The client's turn failed, and the session goes on. The text is what the client reads."""

    code = ""  # the response code (RFC 2449 section 8, RFC 3206)


class NotUnderstood(Refused):
    """The line is no command of this server, or its arguments are wrong (RFC 1939 section 3)."""


class WrongState(Refused):
    """The command is not for this state (RFC 1939 section 3)."""


class LoginFailed(Refused):
    """The name or the password is wrong; nothing says which (RFC 1939 section 13).

    The text is empty, or a name of RFC 5802 section 7 that SCRAM tells the client. For the operator
    are user, the name that the client gave, or empty if it is not known, and why.
    """

    code = "AUTH"

    def __init__(self, text: str = "", user: str = "", why: str = "wrong name or password") -> None:
        super().__init__(text)
        self.user = user
        self.why = text or why


class NoSuchMessage(Refused):
    """No message has this number, or it is marked as deleted (RFC 1939 section 5)."""


class MaildropBusy(Refused):
    """Another session holds the lock on the maildrop (RFC 1939 section 4).

    retry_after: seconds after which looking for the lock again is worth what it costs.
    """

    code = "IN-USE"

    def __init__(self, text: str = "", retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TooEarly(Refused):
    """The user has logged in too short a time ago (RFC 2449 section 8.1.1)."""

    code = "LOGIN-DELAY"


class TooMany(Refused):
    """Too many wait already for what this turn takes (RFC 3206)."""

    code = "SYS/TEMP"


class NeedsUTF8(Refused):
    """The message has UTF-8 in its header, and the client has not said UTF8 (RFC 6856 s 2.1)."""

    code = "UTF8"


class NotSent(Refused):
    """The message could not be retrieved in this session, and is still there."""


class NotWanted(Refused):
    """What takes long is given up, as the client has left."""


class StoreFailed(Exception):
    """A store could not do what it was asked to. The text is for the client, without paths."""

    code = "SYS/TEMP"


class NoMaildrop(StoreFailed):
    """There is no maildrop for the user, and only an administrator can mend that (RFC 3206)."""

    code = "SYS/PERM"


class StoreFull(StoreFailed):
    """There is no room for a message: the disk, or the quota of its owner, is full."""


class LockLost(StoreFailed):
    """The session holds its maildrop no longer; it can only end, and nothing is deleted."""


class MessageGone(StoreFailed):
    """The message is no longer in the maildrop, by whoever's hand."""


class MaildropDamaged(StoreFailed):
    """What is wrong with the maildrop will not pass: the operator must mend it (RFC 3206)."""

    code = "SYS/PERM"


class ConfigError(Exception):
    """A setting, an option or a rule is wrong. The text names it and says what to write."""
