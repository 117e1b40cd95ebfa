"""The page of `pop3lab check --web`: runs and verdicts as they fall."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from pop3lab.cli.client_runs import ClientRuns
from pop3lab.cli.web import web_options
from pop3lab.config.checks import page_problems
from pop3lab.config.options import TABLE, Settings
from pop3lab.core.errors import ConfigError
from pop3lab.testing.pop3_server import Pop3Server
from pop3lab.web.options import WebOptions

WEB_OPTIONS = tuple(TABLE[name] for name in ("web", "web-host", "web-token", "web-read-only"))
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


def page_options(found: Mapping[str, Any], runs: ClientRuns | None = None) -> WebOptions | bool:
    """Return where the page is, by the options of a command; False for nowhere.

    Raises ConfigError if everybody could use it.
    """
    settings = Settings(**{row.attribute: found[row.attribute] for row in WEB_OPTIONS})
    for problem in page_problems(settings):
        if problem.fatal:
            raise ConfigError(problem.text)
        sys.stderr.write(f"pop3lab: warning: {problem.text}\n")
    if not settings.web:
        return False
    options = web_options(settings, runs)
    return options._replace(live=runs.live) if runs else options
