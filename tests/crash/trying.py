"""Trying: a server is disturbed at a moment, and others look at what it has left."""

import time
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.folder import FolderStore

from .client import Client
from .folder import names
from .launch import POP3LAB, SECONDS, Command, Server, running
from .moments import Moment
from .strace import Disturbance, Log, attached
from .trial import Trial, View


def tried(
    moment: Moment, command: Command, place: Path, disturbance: Disturbance | None = None
) -> Trial:
    trial = _new(moment, place, disturbance)
    with _running(trial, command) as server:
        _disturb(trial, server)
        if server.alive:
            trial.views.append(_view(server.port))
        trial.died = not server.alive
        trial.errors = server.stop()
    trial.views += _afterwards(command, trial.folder, at_store=disturbance is not None)
    trial.litter = {name for name in names(trial.folder) if name.startswith(".")}
    return trial


def _afterwards(command: Command, folder: Path, *, at_store: bool) -> list[View]:
    """What two logins find at the next server, or at pop3lab's store, which needs no process."""
    if at_store and command is POP3LAB:
        return [_at_store(folder), _at_store(folder)]
    with running(command, folder) as second:
        return [_view(second.port, "QUIT"), _view(second.port, "QUIT")]


def _at_store(folder: Path) -> View:
    try:
        maildrop = _opened(FolderStore(str(folder), verbatim=True))
    except (MaildropBusy, StoreFailed):
        return None
    with closing(maildrop):
        uids = [entry.uid for entry in maildrop.snapshot.entries]
        return tuple(b"".join(maildrop.read(uid)) for uid in uids)


def _opened(store: FolderStore) -> Maildrop:
    """It waits as a server does: a program that another trial starts has the lock for a moment."""
    for _ in range(100):
        with suppress(MaildropBusy):
            return store.open("user")
        time.sleep(0.02)
    return store.open("user")


def killed(moment: Moment, command: Command, place: Path, disturbance: Disturbance) -> Trial:
    """The same, but nobody looks at what is left."""
    trial = _new(moment, place, disturbance)
    with _running(trial, command) as server:
        _disturb(trial, server)
    return trial


def _running(trial: Trial, command: Command) -> AbstractContextManager[Server]:
    moment = trial.moment
    return running(command, trial.folder, *moment.deletion.keywords, fresh=not moment.warm)


def _new(moment: Moment, place: Path, disturbance: Disturbance | None) -> Trial:
    folder = moment.folder(place)
    return Trial(moment, folder, disturbance, Log(folder.with_suffix(".strace")))


def _disturb(trial: Trial, server: Server) -> None:
    with (
        trial.moment.begin(trial.folder, server.port) as client,
        attached(server.process.pid, trial.log.path, trial.disturbance),
    ):
        trial.answer = client.ask(trial.moment.command)
        trial.left = names(trial.folder)
        if not trial.killed:
            _look_meanwhile(trial, client, server)
    if trial.killed and trial.log.disturbed:
        server.process.wait(SECONDS)
        trial.left = names(trial.folder)


def _look_meanwhile(trial: Trial, client: Client, server: Server) -> None:
    """What logins list while calls may still fail; to refuse them is right."""
    if trial.acknowledged and trial.moment.command != "QUIT":
        trial.listed.append(client.sizes())
    if not trial.disturbance and trial.moment.command == "QUIT":
        client.until_closed()
    client.close()
    if trial.disturbance and trial.disturbance.on:
        with Client(server.port) as another:
            trial.listed += [another.sizes()] if another.try_to_log_in() else []


def _view(port: int, *last: str) -> View:
    """What a session finds. It ends with the last commands, or abruptly."""
    with Client(port) as client:
        if not client.try_to_log_in():
            return None
        messages = client.messages()
        for line in last:
            client.must(line)
        return messages
