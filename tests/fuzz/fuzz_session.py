"""`python -m tests.fuzz.fuzz_session [CORPUS] [libFuzzer options]`: atheris on a session.

The first octet of an input chooses the profile, the second where the rest is cut. The seeds are
written to the corpus first; without one, a directory that is forgotten at the end is used.
"""

import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

SENTENCE = "fuzz_session needs atheris: pip install atheris"


def corpus(folder: Path) -> None:
    """Writes the seeds: whole dialogues, and each command by itself and after a login."""
    from pop3lab.core.command import COMMANDS
    from tests.fuzz.seeds import DIALOGUES

    login = DIALOGUES[0]
    alone = [f"{verb} 1\r\n".encode() for verb in COMMANDS]
    bare = [f"{verb}\r\n".encode() for verb in COMMANDS]
    seeds = [*DIALOGUES, *alone, *bare, *(login + one for one in (*DIALOGUES, *alone, *bare))]
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:03}").write_bytes(bytes([number % 8, number % 11]) + seed)


def check(data: bytes) -> None:
    """One input. Raises AssertionError, or what the session raises."""
    from tests.fuzz.checks import no_exception, one_answer_each, same_however_cut
    from tests.fuzz.grounds import PROFILES

    chosen, step, stream = data[0] % 8, data[1] % 32, data[2:]
    words = None if chosen == len(PROFILES) else PROFILES[chosen]
    places = list(range(0, len(stream), step)) if step else []
    if b"stls" in stream.lower():
        no_exception(stream, places, words)
    elif chosen % 2:
        same_however_cut(stream, places, words)
    else:
        one_answer_each(stream)


def one_input(data: bytes) -> None:
    """As atheris calls it."""
    if len(data) > 2:
        check(data)


def main(arguments: Sequence[str]) -> int:
    """Fuzzes until libFuzzer ends it. The answer is the exit code."""
    try:
        atheris = import_module("atheris")  # its types, if any, are not needed
    except ImportError:
        print(SENTENCE, file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["pop3lab"]):
        import tests.fuzz.checks  # noqa: F401 - what it imports of pop3lab is instrumented
    with tempfile.TemporaryDirectory() as folder:
        place = next((word for word in arguments[1:] if not word.startswith("-")), folder)
        Path(place).mkdir(parents=True, exist_ok=True)
        corpus(Path(place))
        atheris.Setup([*arguments, *([place] if place == folder else [])], one_input)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
