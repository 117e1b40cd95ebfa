"""What was recorded of sessions, in all the forms in which it can be looked at."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pop3lab.core.events import Event
from pop3lab.watch.known import Knows, knows_nothing
from pop3lab.watch.transcript import Transcript


class Noted(NamedTuple):
    """An event, and when it happened: seconds since the epoch."""

    seconds: float
    event: Event


class Recorded:
    """A transcript. str is its C:/S: text, as it is until now.

    The forms are made when they are asked for: what nobody looks at costs nothing.
    """

    def __init__(self, look: Callable[[], Sequence[Noted]], knows: Knows = knows_nothing) -> None:
        """look: all events until now, of any sessions. knows: which words are secrets of users."""
        self._look = look
        self._knows = knows

    def __str__(self) -> str:
        transcript = Transcript(self._knows)
        return "".join(transcript.text(seconds, event) for seconds, event in self._look())

    def __repr__(self) -> str:
        return f"<transcript>\n{self}"

    def __contains__(self, text: str) -> bool:
        """Whether it has this text."""
        return text in str(self)

    def json_lines(self) -> str:
        """An object on a line for each line: see watch/dialogue_json.py."""
        from pop3lab.watch.dialogue import parse
        from pop3lab.watch.dialogue_json import print_json

        return print_json(parse(str(self)))

    def html(self) -> str:
        """A page that needs nothing else."""
        from pop3lab.watch.dialogue import parse
        from pop3lab.watch.dialogue_html import page

        return page(parse(str(self)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file: .html, .jsonl or, with any other name, as text. Raises OSError.

        A new file is for its owner alone; an old one is written anew, a link is refused.
        """
        from pop3lab.files.streams import Stream

        forms = {".html": self.html, ".jsonl": self.json_lines}
        text = forms.get(os.path.splitext(path)[1], self.__str__)()
        with Stream(os.fspath(path), patient=True, encoding="utf-8") as file:
            file.empty()
            file.write(text)
