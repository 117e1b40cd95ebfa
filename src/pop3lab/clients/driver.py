"""How a program is driven: command lines, files and texts with placeholders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pop3lab.cases.case import JobTls, Operation
from pop3lab.clients.template import placeholders

NOT_APPLICABLE = 89  # the exit status of a client that can't do a job


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A driver.

    operations: command lines. files: texts of files that are written before each run, by the names
    of their placeholders. tls: the text of {tls}; without an entry the client has no such TLS.
    auth: the text of {auth} by the way to log in, as in LOGINS, and empty for USER and PASS;
    without an entry the client has no such way. delivers: the form of what lands in {out}. claims:
    what the program promises. success: exit statuses that say that all went well, or that there was
    no mail. version: a command that prints it, and a pattern that finds it.
    """

    name: str
    operations: Mapping[Operation, Sequence[str]]
    about: str = ""
    kind: str = "program"
    files: Mapping[str, str] = field(default_factory=dict)
    tls: Mapping[JobTls, str] = field(default_factory=lambda: {"": ""})
    auth: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    delivers: str = "files"
    claims: Sequence[str] = ()
    success: Sequence[int] = (0,)
    needs: Sequence[str] = ()
    version: tuple[Sequence[str], str] = ((), "")

    @property
    def placeholders(self) -> set[str]:
        """All placeholders in its texts."""
        texts = [word for words in self.operations.values() for word in words]
        texts += [*self.files.values(), *self.tls.values(), *self.auth.values()]
        return {name for text in texts for name in placeholders(text)}


def driver_of_command(words: Sequence[str]) -> Driver:
    """The driver of a command line that fetches, deletes, and writes files into {out}."""
    return Driver(name=words[0].rpartition("/")[2], operations={"delete": words})
