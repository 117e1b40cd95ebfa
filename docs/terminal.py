"""A terminal's output as a picture: text with its colours (SGR) becomes SVG.

The picture has a background of its own, so that it can be read on a light and on a dark page.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

_SIZE = 13  # pixels, of the letters
_WIDTH = 7.83  # of a letter: every monospace font is near, and textLength makes it exact
_HEIGHT = 19  # of a line
_SPACE = "\N{NO-BREAK SPACE}"  # others are joined
_MARGIN = 18
_BAR = 30  # above the text

_FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_GROUND, _FRAME, _TEXT = "#1b1f24", "#373e47", "#d7dde3"
_COLOURS = {
    30: "#6a737d",
    31: "#ff8a80",
    32: "#7ee08a",
    33: "#f2cc60",
    34: "#79b8ff",
    35: "#d2a8ff",
    36: "#76e3ea",
    37: "#f6f8fa",
}
_SGR = re.compile(r"\x1b\[([\d;]*)m")


class _Style(NamedTuple):
    colour: str = ""
    bold: bool = False


def picture(output: str, title: str, columns: int) -> str:
    """The SVG of an output; a longer line goes on in the next one."""
    lines = [piece for line in _styled_lines(output) for piece in _wrapped(line, columns)]
    width = round(columns * _WIDTH + 2 * _MARGIN)
    height = _BAR + len(lines) * _HEIGHT + _MARGIN
    texts = "".join(
        _text(line, _BAR + _HEIGHT * (number + 0.75)) for number, line in enumerate(lines)
    )
    dots = "".join(f'<circle cx="{20 + 18 * n}" cy="16" r="5" fill="{_FRAME}"/>' for n in range(3))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">
<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{_GROUND}" \
stroke="{_FRAME}"/>
{dots}
<g font-family="{_FONT}" font-size="{_SIZE}" fill="{_TEXT}">
{texts}</g>
</svg>
"""


def without_colours(output: str) -> str:
    """The text alone."""
    return _SGR.sub("", output)


_Line = list[tuple[str, _Style]]


def _styled_lines(output: str) -> Iterator[_Line]:
    style = _Style()
    for line in output.splitlines():
        pieces: _Line = []
        for number, piece in enumerate(_SGR.split(line)):
            if number % 2:
                style = _next(style, piece)
            elif piece:
                pieces.append((piece, style))
        yield pieces


def _next(style: _Style, codes: str) -> _Style:
    for code in map(int, codes.split(";") if codes else ["0"]):
        if code == 0:
            style = _Style()
        elif code == 1:
            style = style._replace(bold=True)
        elif code == 22:
            style = style._replace(bold=False)
        elif code == 39:
            style = style._replace(colour="")
        elif code in _COLOURS or code - 60 in _COLOURS:
            style = style._replace(colour=_COLOURS[code if code in _COLOURS else code - 60])
    return style


def _wrapped(line: _Line, columns: int) -> Iterator[_Line]:
    """A line in pieces that fit, broken between words; a note goes on below its beginning."""
    text = "".join(piece for piece, _ in line)
    if len(text) <= columns:
        yield line
        return
    at = text.rfind(" ", 0, columns + 1)
    note = text.find("(", 0, at) + 1
    indent = " " * (note or len(text) - len(text.lstrip()))
    yield _cut(line, 0, at)
    yield from _wrapped([(indent, _Style()), *_cut(line, at + 1, len(text))], columns)


def _cut(line: _Line, begin: int, end: int) -> _Line:
    found: _Line = []
    place = 0
    for piece, style in line:
        part = piece[max(begin - place, 0) : max(end - place, 0)]
        place += len(piece)
        if part:
            found.append((part, style))
    return found


def _text(line: _Line, y: float) -> str:
    """A line, piece by piece: each has its place, whatever the font."""
    column, texts = 0, ""
    for piece, style in line:
        if piece.strip():
            x, length = _MARGIN + column * _WIDTH, len(piece) * _WIDTH
            colour = f' fill="{style.colour}"' if style.colour else ""
            bold = ' font-weight="bold"' if style.bold else ""
            texts += f'<text x="{x:.2f}" y="{y:g}" textLength="{length:.2f}"{colour}{bold}>'
            texts += f"{escape(piece, quote=False).replace(' ', _SPACE)}</text>\n"
        column += len(piece)
    return texts
