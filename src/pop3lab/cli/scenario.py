"""`pop3lab scenario check | run | schema`."""

import asyncio
import json
import math
import sys
from collections.abc import Callable, Sequence
from typing import Literal

from pop3lab.cli.commands import check_system
from pop3lab.cli.outputs import TRANSCRIPT_BODIES
from pop3lab.cli.page_options import WEB_OPTIONS, page_options
from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import FILE, NUMBER, PORT
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.reading import MAX_CONFIG_FILE, read_whole
from pop3lab.files.writing import write_whole
from pop3lab.scenario.scenario import Scenario, load_scenario
from pop3lab.scenario.schema import schema
from pop3lab.testing.pop3_server import Pop3Server
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.listen import print_line
from pop3lab.transport.signals import StopSignals

_CLEAN, _DIFFERS = 0, 1
_WORDS = ("check", "run", "schema")

OPTIONS = (
    Option("options", PORT, "port to listen on; 0: a free one", name="port", default=0),
    Option(
        "options",
        NUMBER,
        "stop after this number of sessions; if unset, after all that are expected",
        name="sessions",
    ),
    Option("options", FILE, "write the transcript to this file at the end", name="transcript"),
    TRANSCRIPT_BODIES,
    Option("options", FILE, "write the CA's certificate to this file", name="ca-out"),
    Option(
        "options",
        PORT,
        "port for SMTP, with the TLS that POP3 has; 0: a free one, which is told on stderr",
        name="smtp-port",
    ),
    *WEB_OPTIONS,
)


def run(command: str, words: Sequence[str]) -> int:
    """Run the subcommand. Raises ConfigError, OSError."""
    found, operands = read_words(OPTIONS, words)
    doing: dict[str, Callable[[Sequence[str], dict[str, object]], int]] = {
        "check": _check,
        "run": _run,
        "schema": _schema,
    }
    word, *files = operands or [""]
    if word not in doing:
        told = f"{command} {word!r}" if word else command
        raise ConfigError(f"{told}: give check, run or schema{nearest(word, _WORDS)}")
    return doing[word](files, found)


def _check(files: Sequence[str], found: dict[str, object]) -> int:
    if not files:
        raise ConfigError("scenario check needs a FILE")
    for file in files:
        load_scenario(file)
        print(f"{file}: ok")
    return _CLEAN


def _schema(files: Sequence[str], found: dict[str, object]) -> int:
    if files:
        raise ConfigError(f"scenario schema takes no FILE, but {files[0]!r} is given")
    print(json.dumps(schema(), indent=2))
    return _CLEAN


def _run(files: Sequence[str], found: dict[str, object]) -> int:
    """Print the port; serve until a signal, or until all expected sessions have ended."""
    check_system()
    if len(files) != 1:
        raise ConfigError("scenario run needs one FILE")
    scenario = load_scenario(files[0])
    wrong, code = run_loop(_serve(scenario, found))
    for mismatch in wrong:
        sys.stdout.write(f"{mismatch}\n")
    return code or (_DIFFERS if wrong else _CLEAN)


async def _serve(scenario: Scenario, found: dict[str, object]) -> tuple[list[str], int]:
    """Return the mismatches and unused rules, and the exit code that signals ask for."""
    asked = found["sessions"]
    most = len(scenario.expected) if asked is None else int(str(asked))
    smtp = False if found["smtp_port"] is None else found["smtp_port"]
    async with scenario.server(port=found["port"], web=page_options(found), smtp=smtp) as server:
        if found["web"]:
            sys.stderr.write(f"pop3lab: page and API: {server.web_url}\n")
        if smtp is not False:
            sys.stderr.write(f"pop3lab: mail in: {server.smtp_url}\n")
        if ca_out := found.get("ca_out"):
            write_whole(str(ca_out), read_whole(server.ca_file, MAX_CONFIG_FILE))
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        stopping = StopSignals(stopped.set)
        stopping.begin()
        print_line(f"{server.port}\n")
        waits = [loop.create_task(stopped.wait())]
        if most:
            waits.append(loop.create_task(_sessions(server, most)))
        _, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in rest:
            wait.cancel()
        if path := found.get("transcript"):
            bodies = bool(found.get("transcript_bodies"))
            server.transcript.save(str(path), transcript_bodies=bodies)
        wrong = [*scenario.mismatches(server.sessions), *server.verdict.unused_rules]
    return wrong, stopping.end()


async def _sessions(server: Pop3Server, most: int) -> Literal[True]:
    await server.wait_async(sessions=most, timeout=math.inf)
    return True
