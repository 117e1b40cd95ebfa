"""What a granted command is answered with: how many lines, and what they are about."""

from enum import Enum
from typing import NamedTuple


class Multiline(Enum):
    """Whether a positive reply has lines behind its first (RFC 1939 section 3).

    bare: whether it has them where the command has no argument, None if only the reply tells;
    other: where it has one.
    """

    NEVER = (False, False)
    ALWAYS = (True, True)
    WITHOUT_ARGUMENT = (True, False)
    UNKNOWN_WITHOUT_ARGUMENT = (None, False)  # servers differ

    def __init__(self, bare: bool | None, other: bool) -> None:
        self.bare = bare
        self.other = other


class About(Enum):
    """What a program learns from a positive reply."""

    NOTHING = "nothing"  # that it is one; the text is for people
    MESSAGES = "messages"  # their numbers, sizes or unique-ids, in the first line or in all
    TEXT = "text"  # the text of a message
    SERVER = "server"  # what the server can do


class Shape(NamedTuple):
    """The shape of the positive reply to a command; a negative one is always one line."""

    multiline: Multiline = Multiline.NEVER
    about: About = About.NOTHING


ONE_LINE = Shape()
FIGURES = Shape(about=About.MESSAGES)
LISTING = Shape(Multiline.WITHOUT_ARGUMENT, About.MESSAGES)
MESSAGE = Shape(Multiline.ALWAYS, About.TEXT)
ABILITIES = Shape(Multiline.ALWAYS, About.SERVER)
LANGUAGES = Shape(Multiline.WITHOUT_ARGUMENT, About.SERVER)
MECHANISMS = Shape(Multiline.UNKNOWN_WITHOUT_ARGUMENT, About.SERVER)
