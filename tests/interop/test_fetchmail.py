from pathlib import Path

from tests.served import served

from . import accounts
from .client import MDA, configuration, run
from .compare import assert_arrived, without
from .folders import Folder, write

FETCHMAILRC = """\
set invisible  # no Received line
set no bouncemail
set pidfile "{home}/pid"  # root's is one for the machine
poll 127.0.0.1 port {port} protocol {protocol} {uidl} bad-header accept
  user user password password
  fetchall no keep
  no rewrite no mimedecode no dropstatus no dropdelivered
  no stripcr no forcecr
  sslproto ""
  mda "sh '{mda}' out"
"""


def fetch(port: int, home: Path, keywords: tuple[str, ...]) -> list[bytes]:
    text = FETCHMAILRC.format(
        home=home,
        port=port,
        protocol="APOP" if "apoponly" in keywords else "POP3",
        uidl="no uidl" if "minimal" in keywords else "uidl",
        mda=MDA,
    )
    (home / "out").mkdir()
    run(["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))], home)
    return [path.read_bytes() for path in sorted((home / "out").iterdir())]


def test_every_message_arrives_and_goes(
    folder: Folder, keywords: tuple[str, ...], tmp_path: Path
) -> None:
    folder = without(folder, accounts.FETCHMAIL_CANNOT)
    drop = write(folder, tmp_path / "drop")
    with served(drop, *keywords) as server:
        delivered = fetch(server.port, tmp_path, keywords)
        statistics = server.stop().splitlines()

    assert_arrived(delivered, folder, keywords, accounts.fetchmail)
    assert list(drop.iterdir()) == []
    assert f"DELE {len(folder)}" in statistics
