"""The page of `pop3lab check --web`: runs and verdicts as they fall."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from pop3lab.cli.client_runs import ClientRuns
from pop3lab.cli.page_options import page_options
from pop3lab.testing.pop3_server import Pop3Server

_MESSAGES = ["Subject: an account that works\n\nThe servers of the cases have other ports.\n"]


@contextmanager
def client_page(found: Mapping[str, Any]) -> Iterator[ClientRuns]:
    """Serve the page, if it is asked for, until it is interrupted; yield what it shows.

    Raises ConfigError, OSError.
    """
    runs = ClientRuns()
    place = page_options(found, runs)
    if not place:
        yield runs
        return
    with Pop3Server(_MESSAGES, web=place) as server:
        sys.stderr.write(f"pop3lab: page and API: {server.web_url}\n")
        yield runs
        sys.stderr.write("pop3lab: the page stays until Ctrl-C\n")
        with suppress(KeyboardInterrupt):
            Event().wait()
