"""The report in words: on a terminal, and in Markdown."""

from collections.abc import Iterator

from pop3lab.report.results import (
    CaseResult,
    Results,
    by_verdict,
    finding_line,
    first_sentence,
    is_expected,
    present_counts,
)


def visible(text: str) -> str:
    """The text with an escape for each character that nobody sees, or that moves others."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def overview_text(results: Results, *, verbose: bool = False) -> str:
    """What a terminal shows. verbose: each finding, and the lines that decide."""
    return "".join(f"{line}\n" for line in _overview(results, verbose=verbose))


def _overview(results: Results, *, verbose: bool) -> Iterator[str]:
    for tls, learned in results["calibration"].items():
        if learned["wrong"]:
            under = f" under {tls}" if tls != "none" else ""
            yield f"calibration{under}: {learned['wrong']}"
    for case in by_verdict(results, "warn", "fail"):
        yield visible(f"{case['verdict']}  {case_name(case)}: {first_sentence(case)}")
        yield from details(case) if verbose else ()
    yield counts_line(results)


def case_name(case: CaseResult) -> str:
    """The number and the id of a case, and whether its verdict is known to be so."""
    known = ""
    if "expected" in case:
        known = " (as expected)" if is_expected(case) else " (unexpected)"
    return f"{case['number']} {case['id']}{known}"


def details(case: CaseResult) -> Iterator[str]:
    """Each finding, and below it the lines that decide."""
    for finding in case["findings"]:
        yield visible(f"      {finding_line(finding)}")
        yield from (visible(f"        {quote}") for quote in finding["quotes"])


def counts_line(results: Results) -> str:
    """How many cases there are of each verdict, in one line."""
    return ", ".join(f"{count} {word}" for word, count in present_counts(results["cases"]))


def summary_markdown(results: Results) -> str:
    """A summary for the page of a build."""
    client = results["client"]
    name = _cell(f"{client['name']} {client['version']}".strip())
    text = f"## {name}\n\n{counts_line(results)}\n"
    bad = by_verdict(results, "fail", "warn", "unjudged")
    if bad:
        text += "\n| verdict | case | finding |\n|---|---|---|\n"
    for case in bad:
        place = f"{case['number']} `{case['id']}`"
        text += f"| {case['verdict']} | {place} | {_cell(first_sentence(case))} |\n"
    return text


def _cell(text: str) -> str:
    """The text as it is, whatever Markdown and HTML make of its characters."""
    shown = visible(text)
    return "".join(f"&#{ord(each)};" if each in "|<>&`[]\\" else each for each in shown)
