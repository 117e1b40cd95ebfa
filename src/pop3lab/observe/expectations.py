"""Compares what a client did with an expectation.

An expectation of commands is a list of items:

    USER        that command with any arguments; upper or lower case
    RETR 2      that command with these arguments
    TOP * 0     an asterisk stands for any word
    *           any one command
    ...         any number of commands, or none
    CAPA|AUTH   either

An item that ends in ? is optional; with + it may repeat; with * both: `UIDL?`, `RETR+`, `RETR **`.

An expectation of lines is a dialogue (transcript.py). A line that ends in `...` may continue in any
way, and `S: ...` stands for any number of lines of the server. Only lines of the kinds that the
dialogue has are compared: without lines of the server, only those of the client; of the notes, only
those given.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from pop3lab.core.errors import ConfigError
from pop3lab.observe.alignment import Atom, Mismatch, align, mismatch_of
from pop3lab.observe.redaction import REDACTED, is_command, matches_redacted
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.transcript import TranscriptLine, parse

_ITEM = re.compile(r"(.+?)((?<=[^ ])[?+*])?", re.DOTALL)
_VERB = re.compile(r"\s*[A-Za-z]{3,}[?+*]?\s*")
_OPEN = b"..."
_MASK = REDACTED.decode("ascii")
_OFTEN = {  # optional, repeats
    None: [(False, False)],
    "?": [(True, False)],
    "+": [(False, False), (True, True)],
    "*": [(True, True)],
}


def compare_commands(
    pattern: Sequence[str], commands: Sequence[str], session: int = 0
) -> Mismatch | None:
    """Compare the commands of a session with an expectation.

    The word **** in a command is a secret and matches any word, as the last word any words; alone,
    it stands for any line that is not a command. session: the number for the mismatch. Raises
    ConfigError for a meaningless item.
    """
    if isinstance(pattern, str):
        raise ConfigError(f"an expectation is a list of commands: write [{pattern!r}]")
    atoms = [atom for item in pattern for atom in _atoms(item)]
    return mismatch_of(align(atoms, commands), str, session)


def _atoms(written: str) -> Iterator[Atom[str]]:
    item = written.strip()
    if item == "...":
        yield Atom(item, lambda _: True, optional=True, repeats=True)
        return
    match = _ITEM.fullmatch(item)
    choices = match[1].split("|") if match else [""]
    matches_redacted = [_taker(choice.split(), written) for choice in choices]
    for optional, repeats in _OFTEN[match[2] if match else None]:
        yield Atom(
            item, lambda came: any(take(came) for take in matches_redacted), optional, repeats
        )


def _taker(words: Sequence[str], item: str) -> Callable[[str], bool]:
    if not words or words[0] in ("C:", "S:") or "..." in words:
        raise ConfigError(
            f"{item!r} is not a command to expect: write `RETR`, `RETR 2`, `RETR *`,"
            " `*` for any command, `...` for any number of them"
        )
    verb, *wanted = words[0].upper(), *words[1:]

    def matches_redacted(command: str) -> bool:
        came, *arguments = command.split(" ")
        if came == _MASK and not is_command(verb.encode()):
            return True
        if verb not in ("*", came.upper()):
            return False
        return not wanted or _words_take(wanted, arguments)

    return matches_redacted


def _words_take(wanted: Sequence[str], came: Sequence[str]) -> bool:
    if came[-1:] == [_MASK]:
        wanted = [*wanted[: len(came)]]
    return len(wanted) == len(came) and all(map(_word_takes, wanted, came))


def _word_takes(wanted: str, came: str) -> bool:
    return wanted in ("*", came) or came == _MASK


def compare_dialogue(
    expected: str, lines: Sequence[TranscriptLine], session: int = 0
) -> Mismatch | None:
    """Compare the lines of a session with an expected dialogue.

    A redacted secret on either side matches anything. Raises ConfigError if the text is not a
    dialogue, or has lines of several sessions.
    """
    if _VERB.fullmatch(expected):
        word = expected.strip()
        raise ConfigError(
            f"line 1: {word!r} is not a dialogue; for commands, write a list, [{word!r}]"
        )
    wanted = parse(expected)
    numbers = sorted({line.session for line in wanted})
    if len(numbers) > 1:
        raise ConfigError(f"an expectation is about one session; this one has lines of {numbers}")
    notes = [_line_atom(line) for line in wanted if not line.who]
    sides = {line.who for line in wanted if line.who}
    came = [line for line in lines if line.who in sides or any(note.takes(line) for note in notes)]
    return compare_lines(wanted, came, session)


def compare_lines(
    expected: Sequence[TranscriptLine], lines: Sequence[TranscriptLine], session: int = 0
) -> Mismatch | None:
    """Compare lines, including notes, with the expected ones."""
    return mismatch_of(align([_line_atom(line) for line in expected], lines), str, session)


def _line_atom(wanted: TranscriptLine) -> Atom[TranscriptLine]:
    who, octets = wanted.who, _folded(wanted)
    text = octets.removesuffix(b"\r\n")
    if who == "server" and text == _OPEN:
        return Atom(str(wanted), lambda came: came.who == who, optional=True, repeats=True)
    if text.endswith(_OPEN):
        begin = text.removesuffix(_OPEN)
        return Atom(str(wanted), lambda came: came.who == who and _folded(came).startswith(begin))
    return Atom(str(wanted), lambda came: came.who == who and _same(octets, _folded(came), who))


def _same(wanted: bytes, came: bytes, who: str) -> bool:
    if wanted == came or who != "client":
        return wanted == came
    (said, end), (came_said, came_end) = _parted(wanted), _parted(came)
    if end != came_end:
        return False
    return matches_redacted(came_said, said) or matches_redacted(said, came_said)


def _parted(octets: bytes) -> tuple[bytes, bytes]:
    """Split a line from its ending."""
    said = octets.removesuffix(b"\n").removesuffix(b"\r")
    return said, octets[len(said) :]


def _folded(line: TranscriptLine) -> bytes:
    """Return the octets, with a client's verb in upper case."""
    if line.who != "client":
        return line.octets
    verb, blank, rest = line.octets.partition(b" ")
    return verb.upper() + blank + rest


def mismatch(record: SessionRecord, pattern: Sequence[str] | str) -> Mismatch | None:
    """Compare a session with a pattern: commands, or a dialogue. Raises ConfigError."""
    if isinstance(pattern, str):
        return compare_dialogue(pattern, parse(str(record.transcript)), record.number)
    return compare_commands(pattern, list(record.lines), record.number)
