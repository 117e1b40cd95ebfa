"""What a client is asked to do in one run, and what drives it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from pop3lab.cases.case import JobTls
from pop3lab.cases.evidence import Ended, RunSeen


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a client is to do in one run.

    Attributes:
        host: The name of the server, for which its certificate is; or its address.
        port: The port.
        user: The name of the user.
        password: The password.
        tls: "" for none, "stls" for STLS, "implicit" for TLS from the first octet.
        auth: How to log in: "" for USER and PASS, "apop", or a mechanism of SASL in lower case.
        token: The token for xoauth2 and oauthbearer.
        ca_file: The path of a PEM file with the certificates to trust.
        cert_file: The path of a PEM file with the certificate of the client, for external.
        key_file: The path of a PEM file with its key.
        timeout: Seconds after which the client is to give up on a silent server.
        delete: Whether to delete each message from the server once it is stored.
        file_limit: Octets of a message that can be stored; None for any. A larger one fails to be
            stored, with OSError.
        store_fails: The program that stores messages fails.
        store_delay: Seconds that it takes to store a message.
        killed: The run ends by a signal.
        folder: The path of a folder that is kept over the runs of a case, and removed at its end.
        state: What the client wants to remember, kept over the runs of a case.
    """

    host: str
    port: int
    user: str
    password: str
    tls: JobTls = ""
    auth: str = ""
    token: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    timeout: float = 2.0
    delete: bool = True
    file_limit: int | None = None
    store_fails: bool = False
    store_delay: float = 0.0
    killed: bool = False
    folder: str = ""
    state: dict[str, Any] = field(default_factory=dict)


class Patience(Protocol):
    """Tells a driver how long to wait for the client."""

    def is_over(self) -> bool:
        """Whether the client had time enough since the last octet of the server."""

    def is_quiet(self) -> bool:
        """Whether the server has sent nothing for a moment."""

    @property
    def until_last_octet(self) -> float:
        """Seconds from the beginning of the run to the last octet of the server."""

    @property
    def ended(self) -> Ended:
        """What a run is that did not end in this time."""


class Client(Protocol):
    """A way to drive a client through one run."""

    @property
    def kind(self) -> str:
        """Either program or library."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def treatments(self) -> Collection[str]:
        """What the form of its store does to messages, which need not show in each."""

    def run(self, job: Job, patience: Patience, give_up: Callable[[], None]) -> RunSeen:
        """Do the job. give_up: frees a client that does not end, by the reset of connections."""
