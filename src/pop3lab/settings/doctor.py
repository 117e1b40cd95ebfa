"""What `pop3lab doctor` says."""

from collections.abc import Callable, Iterable, Iterator

from pop3lab.settings.checks import conflicts
from pop3lab.settings.loading import Loaded
from pop3lab.settings.machine import Finding, findings
from pop3lab.settings.values import TABLE, Settings

_MARKS = {True: "ok     ", False: "WRONG  ", None: "note   "}


def diagnose(
    loaded: Loaded,
    read_users: Callable[[str], object],
    places: Callable[[Settings], Iterable[Finding]] = lambda settings: (),
) -> tuple[str, bool]:
    """The settings with their origins and what was found, as text; whether the server can start.

    read_users: parses a users file; raises what is wrong with it. places: looks at what each user
    has.
    """
    found = [*_agreement(loaded), *findings(loaded.settings, read_users, places)]
    lines = [*_settings(loaded), "", *(_MARKS[finding.good] + finding.text for finding in found)]
    good = all(finding.good is not False for finding in found)
    return "\n".join([*lines, "", _VERDICTS[good], ""]), good


_VERDICTS = {True: "pop3lab serve can start.", False: "pop3lab serve can't start like this."}


def _settings(loaded: Loaded) -> Iterator[str]:
    shown = {name: row.show(row.value(loaded.settings)) for name, row in TABLE.items()}
    wide = max(map(len, TABLE))
    # One long value does not push all origins aside.
    value_wide = min(max(map(len, shown.values())), 32)
    for name, value in shown.items():
        yield f"{name:<{wide}}  {value:<{value_wide}}  {loaded.origins[name]}"


def _agreement(loaded: Loaded) -> Iterator[Finding]:
    problems = list(conflicts(loaded.settings))
    for problem in problems:
        yield Finding(False if problem.fatal else None, problem.text)
    if not problems:
        yield Finding(True, "the settings agree with each other")
