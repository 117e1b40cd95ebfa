"""A badge: the verdict in a few words, as a picture, and for shields.io."""

import json

from pop3lab.report.pages import Pages
from pop3lab.report.results import Results, judged_cases, summary_of

_LABEL = "pop3lab"
_FILLS = {"brightgreen": "#2f8a46", "yellow": "#946200", "red": "#b3231a", "lightgrey": "#6b737c"}
_CHARACTER = 6.6  # pixels, on average
_MARGIN = 12


def badge_json(results: Results) -> str:
    """The text of badge.json, an endpoint of shields.io."""
    message, colour = _message(results)
    return json.dumps(
        {"schemaVersion": 1, "label": _LABEL, "message": message, "color": colour}, indent=2
    )


def badge_svg(results: Results, pages: Pages) -> str:
    """The text of badge.svg."""
    message, colour = _message(results)
    left, right = (round(len(text) * _CHARACTER + _MARGIN) for text in (_LABEL, message))
    return pages.render(
        "badge.svg", label=_LABEL, message=message, fill=_FILLS[colour], left=left, right=right
    )


def _message(results: Results) -> tuple[str, str]:
    counts = summary_of(results["cases"])
    judged = judged_cases(counts)
    if not judged:
        return "not judged", "lightgrey"
    good = f"{judged - counts['fail'] - counts['warn']} of {judged} passed"
    if counts["fail"]:
        return f"{good}, {counts['fail']} failed", "red"
    return good, "yellow" if counts["warn"] else "brightgreen"
