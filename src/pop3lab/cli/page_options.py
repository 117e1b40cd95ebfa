"""The options of the page of commands other than `pop3lab serve`, and where they put it."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pop3lab.config.checks import page_problems
from pop3lab.config.options import TABLE, Settings
from pop3lab.core.errors import ConfigError

if TYPE_CHECKING:
    from pop3lab.cli.client_runs import ClientRuns
    from pop3lab.web.options import WebOptions

WEB_OPTIONS = tuple(TABLE[name] for name in ("web", "web-host", "web-token", "web-read-only"))


def page_options(found: Mapping[str, Any], runs: "ClientRuns | None" = None) -> "WebOptions | bool":
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
    from pop3lab.cli.web import web_options  # rarely needed

    options = web_options(settings, runs)
    return options._replace(live=runs.live) if runs else options
