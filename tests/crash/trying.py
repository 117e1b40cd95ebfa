"""Trying: a server is disturbed at a moment, and others look at what it has left."""

from pathlib import Path

from .client import Client
from .folder import names
from .launch import SECONDS, Command, Server, running
from .moments import Moment
from .strace import Disturbance, Log, attached
from .trial import Trial, View


def tried(
    moment: Moment, command: Command, place: Path, disturbance: Disturbance | None = None
) -> Trial:
    trial = _new(moment, place, disturbance)
    with running(command, trial.folder, *moment.deletion.keywords) as server:
        _disturb(trial, server)
        if server.alive:
            trial.views.append(_view(server.port))
        trial.died = not server.alive
        trial.errors = server.stop()
    with running(command, trial.folder) as second:
        trial.views += [_view(second.port, "QUIT"), _view(second.port, "QUIT")]
    trial.litter = {name for name in names(trial.folder) if name.startswith(".")}
    return trial


def killed(moment: Moment, command: Command, place: Path, disturbance: Disturbance) -> Trial:
    """The same, but nobody looks at what is left."""
    trial = _new(moment, place, disturbance)
    with running(command, trial.folder, *moment.deletion.keywords) as server:
        _disturb(trial, server)
    return trial


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
