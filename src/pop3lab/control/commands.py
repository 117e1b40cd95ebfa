"""The table of control commands, and their execution."""

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.control.accounts import ACCOUNT_COMMANDS, LiveAccounts
from pop3lab.control.maildrops import MaildropAccess
from pop3lab.control.waiting import wanted_counts
from pop3lab.core.errors import ConfigError, Refused, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.core.suggest import nearest
from pop3lab.files.reading import MAX_MESSAGE_FILE, read_whole
from pop3lab.observe.counters import COUNTED, Counters
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules
from pop3lab.stores.look_alikes import is_mbox_of_several
from pop3lab.stores.memory import MemoryStore

LONGEST = 8192  # octets kept of a line; a longer one is truncated

_Done = TypeVar("_Done")

_FOR = " for "


class ControlContext(NamedTuple):
    """What commands can access.

    ports: the listening ports, by protocol. store: that of target. user: the first user.
    accounts: users and tokens; None if there are none to change.
    """

    target: str
    counts: Counters
    rules: Rules
    stop: Callable[[], None]
    ports: Mapping[str, int] = {}
    store: Store | None = None
    user: str = ""
    accounts: LiveAccounts | None = None


class ControlCommand(NamedTuple):
    """A row of the table. run: gets the arguments; raises ConfigError, OSError."""

    usage: str
    meaning: str
    run: Callable[[ControlContext, str], Awaitable[str]]

    @property
    def alone(self) -> bool:
        """Whether the command takes no arguments."""
        return " " not in self.usage


async def answer(context: ControlContext, line: bytes) -> str:
    """Execute a line; return `ok`, perhaps with a result, or `err` and the reason."""
    try:
        return f"ok {_one_line(await _run(context, line))}".rstrip()
    except (ConfigError, Refused, StoreFailed) as error:
        return f"err {_one_line(str(error))}"
    except OSError as error:
        return f"err {_one_line(f'{error.filename}: {error.strerror}')}"


async def _run(context: ControlContext, line: bytes) -> str:
    if len(line) >= LONGEST:
        raise ConfigError(f"this line is too long: give less than {LONGEST} octets")
    word, _, rest = os.fsdecode(line).strip().partition(" ")
    if word not in CONTROL_COMMANDS:
        told = (
            f"unknown command {word!r}{nearest(word, CONTROL_COMMANDS)}"
            if word
            else "an empty line"
        )
        raise ConfigError(f"{told} (help lists the commands)")
    command = CONTROL_COMMANDS[word]
    if command.alone and rest.strip():
        raise ConfigError(f"{word} takes no argument, not {rest.strip()!r}")
    return await command.run(context, rest.strip())


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


async def _add(context: ControlContext, text: str) -> str:
    if not text:
        raise ConfigError("no file given: write add FILE")
    if context.store and (isinstance(context.store, MemoryStore) or not _is_folder(context.target)):
        return await _deliver(context, context.store, text)
    return await _add_to_folder(context, text)


async def _add_to_folder(context: ControlContext, path: str) -> str:
    """Copy a file, which may be long, into the folder of all; return its name there."""
    from pop3lab.stores.delivery import Abandoned  # not on Windows

    stopped = threading.Event()
    adding = asyncio.create_task(asyncio.to_thread(_added, context.target, path, stopped.is_set))
    try:
        return await asyncio.shield(adding)
    except asyncio.CancelledError:
        stopped.set()  # otherwise the process would wait for a large file
        with suppress(Abandoned):
            return await _finished(adding)
        raise


async def _deliver(context: ControlContext, store: Store, text: str) -> str:
    """Deliver the message in `FILE` or `FILE for USER`; return what the store calls it."""
    path, named, owner = text.rpartition(_FOR)
    path, owner = (path, owner) if named else (text, context.user)
    check_owner(context, owner, "whose message is it? write add FILE for USER")
    octets = read_whole(path, MAX_MESSAGE_FILE)
    return await _done(store, lambda maildrops: maildrops.add(owner, octets))


def check_owner(context: ControlContext, owner: str, question: str) -> None:
    """Raise ConfigError unless it is somebody's, where each user has a maildrop."""
    from pop3lab.stores.factory import POSTGRES_SCHEMES  # which Windows has not
    from pop3lab.stores.location import USER_PLACEHOLDER

    of_each = USER_PLACEHOLDER in context.target or context.target.startswith(POSTGRES_SCHEMES)
    if not (of_each or isinstance(context.store, MemoryStore)):
        return
    if not owner:
        raise ConfigError(question)
    if context.accounts:
        context.accounts.check_known(owner)


async def _done(store: Store, act: Callable[[MaildropAccess], _Done]) -> _Done:
    """Act in the loop, or in a thread if the store may wait."""
    maildrops = MaildropAccess(store, lambda act: act())
    return await asyncio.to_thread(act, maildrops) if store.open_waits else act(maildrops)


async def _remove(context: ControlContext, text: str) -> str:
    uid, _, user = text.partition(_FOR)
    if not uid:
        raise ConfigError("which message? write remove UID")
    await _removed(context, user, uid)
    return ""


async def _clear(context: ControlContext, text: str) -> str:
    word, _, user = text.partition(" ")
    if text and not (word == "for" and user.strip()):
        raise ConfigError(f"write clear, or clear for USER, not {text!r}")
    return str(len(await _removed(context, user, None)))


async def _removed(context: ControlContext, user: str, uid: str | None) -> Sequence[str]:
    """Remove a message, or all, of a user or of the first one; return their unique-ids."""
    store, owner = context.store, user.strip() or context.user
    assert store
    check_owner(context, owner, "whose messages are they? add for USER")
    return await _done(store, lambda maildrops: maildrops.remove(owner, uid))


def _is_folder(target: str) -> bool:
    """Whether it is a folder of messages, not a Maildir."""
    parts = (os.path.join(target, name) for name in ("new", "cur"))
    return os.path.isdir(target) and not any(map(os.path.isdir, parts))


async def _finished(task: "asyncio.Task[_Done]") -> _Done:
    """Finish a task whose caller was cancelled, and return its result."""
    try:
        return await task
    finally:
        if asking := asyncio.current_task():
            asking.cancel()


def _added(folder: str, path: str, stopped: Callable[[], bool]) -> str:
    from pop3lab.stores.delivery import add_message  # not on Windows

    if os.path.isfile(path) and is_mbox_of_several(path):
        raise ConfigError(f"{path!r} is an mbox file with several messages: add them one by one")
    return add_message(folder, path, stopped)


async def _fault(context: ControlContext, text: str) -> str:
    return str(context.rules.add(parse_rule(text)).rule)


async def _unfault(context: ControlContext, text: str) -> str:
    rule = str(parse_rule(text))
    those = _in_force(context, rule)
    if not those:
        raise ConfigError(f"{rule!r} is not in force (rules lists those that are)")
    for active in those:
        context.rules.remove(active)
    return f"{rule} hits={sum(active.hits for active in those)}"


async def _quirk(context: ControlContext, text: str) -> str:
    name, _, switch = text.rpartition(" ")
    if switch not in ("on", "off") or not name:
        raise ConfigError("write quirk NAME on, or quirk NAME off")
    quirk = parse_rule(name)
    those = _in_force(context, str(quirk))
    if switch == "on" and not those:
        context.rules.add(quirk)
    for active in those if switch == "off" else []:
        context.rules.remove(active)
    return f"{quirk} {switch}"


def _in_force(context: ControlContext, rule: str) -> list[ActiveRule]:
    """Return the rules in force that have this text."""
    return [active for active in context.rules.active if active.text == rule]


def _of_accounts(
    run: Callable[[LiveAccounts, str], str],
) -> Callable[[ControlContext, str], Awaitable[str]]:
    """Make the function of a command of one that changes accounts."""

    async def ran(context: ControlContext, text: str) -> str:
        if context.accounts is None:
            raise ConfigError("this server has no accounts that can change")
        return run(context.accounts, text)

    return ran


async def _rules(context: ControlContext, rest: str) -> str:
    rows = [{"rule": str(active.rule), "hits": active.hits} for active in context.rules.active]
    return json.dumps({"seed": context.rules.seed, "rules": rows})


async def _wait(context: ControlContext, text: str) -> str:
    given = [(name, number) for name, _, number in (word.partition("=") for word in text.split())]
    wanted = wanted_counts(context.counts, context.rules, given)
    if not await context.counts.wait_for(*wanted):
        why = "stdin has ended" if context.counts.waits_cancelled else "timeout"
        raise ConfigError(f"{why}: there is {context.counts}")
    return str(context.counts)


async def _stats(context: ControlContext, rest: str) -> str:
    return context.counts.as_json(ports=dict(context.ports))


def reset(context: ControlContext) -> None:
    """Restore the rules of the start, and set all counters to 0."""
    context.rules.reset()
    context.counts.clear()


async def _reset(context: ControlContext, rest: str) -> str:
    reset(context)
    return ""


async def _quit(context: ControlContext, rest: str) -> str:
    context.stop()
    return ""


async def _help(context: ControlContext, rest: str) -> str:
    if not rest:
        return "; ".join(command.usage for command in CONTROL_COMMANDS.values())
    if rest not in CONTROL_COMMANDS:
        raise ConfigError(f"unknown command {rest!r}{nearest(rest, CONTROL_COMMANDS)}")
    return f"{CONTROL_COMMANDS[rest].usage}: {CONTROL_COMMANDS[rest].meaning}"


CONTROL_COMMANDS: Mapping[str, ControlCommand] = {
    "add": ControlCommand(
        "add FILE [for USER]",
        "copy a regular file of at most 8 GiB into DIR as the last message; the answer is its name;"
        " elsewhere the message is for USER, or the first user, and the answer mostly its"
        " unique-id",
        _add,
    ),
    "remove": ControlCommand(
        "remove UID [for USER]",
        "remove the message with this unique-id, of USER or the first user; not during a session",
        _remove,
    ),
    "clear": ControlCommand(
        "clear [for USER]",
        "remove all messages of USER or the first user, and answer how many there were",
        _clear,
    ),
    "fault": ControlCommand(
        "fault CONDITION -> EFFECT", "add a rule; the answer is the rule as parsed", _fault
    ),
    "unfault": ControlCommand(
        "unfault CONDITION -> EFFECT", "remove a rule; the answer has its hits, too", _unfault
    ),
    "quirk": ControlCommand(
        "quirk NAME on|off", "switch a quirk on or off for all later commands", _quirk
    ),
    "rules": ControlCommand(
        "rules",
        "list the rules in force with their hits, and the seed, as JSON",
        _rules,
    ),
    **{
        name: ControlCommand(row.usage, row.meaning, _of_accounts(row.run))
        for name, row in ACCOUNT_COMMANDS.items()
    },
    "wait": ControlCommand(
        "wait NAME=NUMBER ... [timeout=SECONDS]",
        "wait until each counter has reached its number; err after 10 seconds or the timeout;"
        f" NAME is a verb or one of {', '.join(COUNTED)}",
        _wait,
    ),
    "stats": ControlCommand("stats", "all counters and verbs, and the ports, as JSON", _stats),
    "reset": ControlCommand(
        "reset", "restore the rules of the start and set all counters to 0; messages stay", _reset
    ),
    "quit": ControlCommand("quit", "shut down; the statistics follow", _quit),
    "help": ControlCommand("help [COMMAND]", "list the commands, or explain one", _help),
}
