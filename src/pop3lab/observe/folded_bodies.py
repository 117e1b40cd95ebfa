"""Long bodies in transcripts: their beginning, and a note of how much was left out."""

import re

from pop3lab.core.actions import Part

SHOWN = 1024  # octets of each part of a reply that are shown

FOLDED_NOTE = "folded: "
_NOTE = re.compile(re.escape(FOLDED_NOTE) + "[0-9]+ octets?, [0-9]+ lines?")
NOT_WHOLE = (
    "a body is folded here, and its octets are needed: write the transcript with"
    " --transcript-bodies, or with save(path, transcript_bodies=True)"
)


def is_folded(note: str) -> bool:
    """Whether the note stands for octets that were left out."""
    return _NOTE.fullmatch(note) is not None


class Folding:
    """What is left out of the replies of one session."""

    __slots__ = ("_came", "_ended", "_lines", "_octets", "_part")

    def __init__(self) -> None:
        self._part = Part.HEAD
        self._came = 0  # octets of this part
        self._octets = 0  # left out, and not noted yet
        self._lines = 0  # that end there
        self._ended = True  # the last of them does

    def fold(self, data: bytes, part: Part) -> bytes:
        """Return the octets that are shown of these."""
        if part is not Part.BODY or part is not self._part:
            self._part, self._came = part, 0
        most = max(0, SHOWN - self._came)
        self._came += len(data)
        if len(data) > most:
            self._octets += len(data) - most
            self._lines += data.count(b"\n", most)
            self._ended = data.endswith(b"\n")
        return data[:most]

    @property
    def pending(self) -> bool:
        """Whether octets were left out that no note tells of."""
        return self._octets > 0

    def take_note(self) -> str:
        """Return the note on what was left out since the last one; empty for nothing."""
        octets, lines = self._octets, self._lines + (not self._ended)
        self._octets, self._lines, self._ended = 0, 0, True
        if not octets:
            return ""
        return f"{FOLDED_NOTE}{octets} octet{'s' * (octets != 1)}, {lines} line{'s' * (lines != 1)}"
