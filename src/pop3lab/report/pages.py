"""The report as static pages, by templates in which everything is escaped."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

from pop3lab.cases.judges.registry import JUDGES
from pop3lab.core.optional_import import import_optional
from pop3lab.report.results import (
    CaseResult,
    Results,
    by_verdict,
    file_name,
    first_sentence,
    group_of,
    judged_cases,
    present_counts,
    summary_of,
)
from pop3lab.report.transcript_rows import transcript_blocks
from pop3lab.report.words import visible

SYMBOLS: Mapping[str, str] = {
    "pass": "✓",
    "info": "i",
    "warn": "!",
    "fail": "✗",
    "not-applicable": "\N{EN DASH}",
    "not-reached": "○",
    "unjudged": "?",
}

_GROUPS = {
    "basic": "A server by the book",
    "data": "Every kind of message",
    "greeting": "How it begins",
    "capa": "What the server says it can",
    "login": "Logging in, and being refused",
    "sasl": "SASL mechanisms",
    "oauth": "Tokens",
    "tls": "TLS and certificates",
    "list": "STAT and LIST",
    "uidl": "Who remembers, and by what",
    "retr": "Fetching",
    "top": "TOP",
    "delete": "Deleting, and what is true afterwards",
    "limits": "Servers that have had enough",
    "net": "Time and network",
    "syntax": "Status lines and text",
    "hostile": "A server that means harm",
    "scale": "Very much of it",
    "i18n": "UTF-8 and languages",
    "profile": "Whole providers",
    "wire": "What the client says on the wire",
}

_TEMPLATES = files("pop3lab.report") / "templates"
STATIC = ("style.css", "search.js")


class Pages:
    """Makes pages. Raises ConfigError without Jinja2."""

    def __init__(self) -> None:
        jinja2 = import_optional("jinja2", "the report in HTML", "check")
        self._templates = jinja2.Environment(
            loader=jinja2.FunctionLoader(static_text),
            autoescape=True,
            finalize=lambda value: visible(value) if type(value) is str else value,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        meanings = {judge.id: judge.meaning for judge in JUDGES.values()}
        self._templates.globals |= {"symbols": SYMBOLS, "meanings": meanings}
        self._templates.filters |= {
            "file_name": file_name,
            "means": means_label,
            "sentence": first_sentence,
            "capitalized": lambda text: text[:1].upper() + text[1:],
        }

    def render(self, template: str, **values: Any) -> str:
        """The text of a page."""
        return str(self._templates.get_template(template).render(**values))

    def index(self, results: Results) -> str:
        """The page of all cases."""
        cases = results["cases"]
        return self.render(
            "index.html",
            root="",
            results=results,
            headline=headline(cases),
            counts=present_counts(cases),
            worst=by_verdict(results, "fail") or by_verdict(results, "warn"),
            groups=list(group_rows(cases)),
        )

    def case(self, results: Results, place: int, transcript: str) -> str:
        """The page of the case at this place. transcript: empty if nothing was run."""
        cases = results["cases"]
        case = cases[place]
        deciding = {line for finding in case["findings"] for line in finding["lines"]}
        return self.render(
            "case.html",
            root="../",
            results=results,
            case=case,
            group_title=group_title(case),
            blocks=list(transcript_blocks(transcript, deciding)),
            rules=[part.split(": ", 1) for part in case["rules"].split("; ") if part],
            repeat=_repeat(results, case),
            before=cases[place - 1]["id"] if place else "",
            after=cases[place + 1]["id"] if place + 1 < len(cases) else "",
        )


def static_text(name: str) -> str:
    """The text of a template, or of a file that all reports share."""
    return (_TEMPLATES / name).read_text("utf-8")


def means_label(means: str) -> str:
    """How a client connects and logs in, of the key of a calibration."""
    tls = {"none": "Without TLS", "stls": "STLS", "implicit": "Implicit TLS"}
    return ", ".join(tls.get(word, word.upper()) for word in means.split())


def headline(cases: Sequence[CaseResult]) -> str:
    """The verdict on the client in a sentence."""
    counts = summary_of(cases)
    judged = judged_cases(counts)
    if not judged:
        return "No case was judged."
    many = f"{judged} {'cases' if judged > 1 else 'case'}"
    wrong = [f"{counts[word]} {word}" for word in ("fail", "warn") if counts[word]]
    return f"Of {many}, {', '.join(wrong)}." if wrong else f"{many}, and no mistake was found."


def group_title(case: CaseResult) -> str:
    """What the group of a case is about."""
    name = group_of(case)
    return _GROUPS.get(name, name)


def group_rows(cases: Sequence[CaseResult]) -> Iterator[Mapping[str, object]]:
    """The cases by group."""
    for name, members in groupby(cases, group_of):
        rows = list(members)
        counts = present_counts(rows)[::-1]
        yield {"name": name, "title": group_title(rows[0]), "cases": rows, "counts": counts}


def _repeat(results: Results, case: CaseResult) -> str:
    """The command, or the call, that tries the client again in this case."""
    client = results["client"]
    if client["command"]:
        ours, dashes, program = client["command"].partition(" -- ")
        return f"{ours} --cases {case['id']}{dashes}{program}"
    return f'pop3lab.check({client["name"]}, "{case["id"]}")'
