from pathlib import Path

from tests.served import served

from . import accounts
from .client import MDA, configuration, run
from .compare import assert_arrived
from .folders import Folder, write

GETMAILRC = """\
[retriever]
type = {retriever}
server = 127.0.0.1
port = {port}
username = user
password = password
use_apop = {apop}

[destination]
type = MDA_external
path = /bin/sh
arguments = ("{mda}", "{out}")
allow_root_commands = true

[options]
received = false
delivered_to = false
delete = true
"""


def fetch(port: int, home: Path, keywords: tuple[str, ...]) -> list[bytes]:
    (home / "out").mkdir()
    text = GETMAILRC.format(
        retriever="BrokenUIDLPOP3Retriever" if "minimal" in keywords else "SimplePOP3Retriever",
        port=port,
        apop="apoponly" in keywords,
        mda=MDA,
        out=home / "out",
    )
    configuration(home / "getmailrc", text)
    run(["getmail", "--getmaildir", str(home)], home)
    return [path.read_bytes() for path in sorted((home / "out").iterdir())]


def test_every_message_arrives_and_goes(
    folder: Folder, keywords: tuple[str, ...], tmp_path: Path
) -> None:
    drop = write(folder, tmp_path / "drop")
    with served(drop, *keywords) as server:
        delivered = fetch(server.port, tmp_path, keywords)

    assert_arrived(delivered, folder, keywords, accounts.getmail)
    assert list(drop.iterdir()) == []
