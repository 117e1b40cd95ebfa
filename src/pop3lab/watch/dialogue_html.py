"""Dialogues as one page of HTML that needs nothing else: no script, no file, no network."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from pop3lab.watch.dialogue import Line
from pop3lab.watch.notes import RULE, VIOLATION

_FOLDED = 6  # lines of the server in a row from which on they are folded, all but the first

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #59636e;
  --client: #0a4f9c; --server: #1a6329; --rule: #fff3d6; --violation: #ffe3e0; --edge: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --ink: #e6e8eb; --faint: #9aa4af;
  --client: #86b8ff; --server: #7fd492; --rule: #3a2f12; --violation: #46201c; --edge: #d9a441; } }
body { background: var(--ground); color: var(--ink); margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem; font: 0.9rem/1.5 ui-monospace, monospace; }
h1, h2 { font-family: system-ui, sans-serif; }
p { margin: 0; }
p, summary > span { display: flex; gap: 1rem; }
small { color: var(--faint); flex: 0 0 6rem; text-align: right; user-select: none; }
code { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }
.client b { color: var(--client); }
.server b { color: var(--server); }
.server { padding-left: 2rem; }
em { color: var(--faint); }
summary { cursor: pointer; }
summary > span { display: inline-flex; }
aside { border-left: 0.3rem solid var(--edge); margin: 0.4rem 0 0.4rem 7rem;
  padding: 0.2rem 0.8rem; background: var(--rule); }
aside.violation { background: var(--violation); }
"""


def page(lines: Iterable[Line], title: str = "POP3 sessions") -> str:
    """A page with a section for each session, in the order of their numbers.

    C and S say who spoke, as in the text; long answers are folded; rules that fired and violations
    are cards.
    """
    sessions = groupby(sorted(lines, key=_session), _session)
    body = "".join(_section(number, list(said)) for number, said in sessions)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{body}</body>\n</html>\n"
    )


def _session(line: Line) -> int:
    return line.session


def _section(number: int, lines: Sequence[Line]) -> str:
    heading = f"Session {number}" if number else "Dialogue"
    groups = groupby(lines, lambda line: line.who)
    body = "".join(text for who, said in groups for text in _group(who, list(said)))
    return f"<section>\n<h2>{heading}</h2>\n{body}</section>\n"


def _group(who: str, lines: Sequence[Line]) -> Iterator[str]:
    if who != "server" or len(lines) < _FOLDED:
        yield from map(_line, lines)
        return
    octets = sum(len(line.octets) for line in lines[1:])
    more = f"<em>and {len(lines) - 1} lines, {octets} octets</em>"
    rest = "".join(map(_line, lines[1:]))
    yield f"<details>\n<summary>{_said(lines[0], 'span')} {more}</summary>\n{rest}</details>\n"


def _line(line: Line) -> str:
    return f"{_said(line, 'p') if line.who else _note(line)}\n"


def _said(line: Line, element: str) -> str:
    who, text = str(line)[:2], str(line)[3:]
    said = f"{_time(line)}<b>{who}</b><code>{escape(text)}</code>"
    return f'<{element} class="{line.who}">{said}</{element}>'


def _note(line: Line) -> str:
    text = str(line)[1:-1]
    for kind, prefix in (("rule", RULE), ("violation", VIOLATION)):
        if text.startswith(prefix):
            told = escape(text.removeprefix(prefix))
            return f'<aside class="{kind}"><b>{kind}</b> <code>{told}</code></aside>'
    return f"<p>{_time(line)}<em>({escape(text)})</em></p>"


def _time(line: Line) -> str:
    return f"<small>{line.seconds:.3f}</small>" if line.session else ""
