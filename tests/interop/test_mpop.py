import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served import served

from . import accounts
from .client import configuration, run
from .compare import assert_arrived
from .folders import Folder, write

MPOPRC = """\
account default
host 127.0.0.1
port {port}
user user
password password
auth {auth}
tls off
received_header off
uidls_file {uidls}
delivery {delivery}
"""


@dataclass(frozen=True)
class Delivery:
    method: str
    folder: str
    account: accounts.Account


EXCHANGE = Delivery("exchange out", "out", accounts.mpop_exchange)
MAILDIR = Delivery("maildir out", "out/new", accounts.mpop_maildir)


def fetch(port: int, home: Path, keywords: tuple[str, ...], delivery: str) -> None:
    for name in ("cur", "new", "tmp"):
        (home / "out" / name).mkdir(parents=True)
    auth = "apop" if "apoponly" in keywords else "user"
    text = MPOPRC.format(port=port, auth=auth, uidls=home / "uidls", delivery=delivery)
    run(["mpop", "--quiet", "--file", str(configuration(home / "rc", text))], home)


def sequence(path: Path) -> int:
    """mpop's file names count the messages of a session: ...Q1, ...Q2."""
    found = re.search(r"P\d+Q(\d+)", path.name)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("delivery", [EXCHANGE, MAILDIR], ids=["exchange", "maildir"])
def test_every_message_arrives_and_goes(
    folder: Folder, keywords: tuple[str, ...], delivery: Delivery, tmp_path: Path
) -> None:
    drop = write(folder, tmp_path / "drop")
    with served(drop, *keywords) as server:
        fetch(server.port, tmp_path, keywords, delivery.method)

    files = (path for path in (tmp_path / delivery.folder).iterdir() if path.is_file())
    delivered = [path.read_bytes() for path in sorted(files, key=sequence)]
    assert_arrived(delivered, folder, keywords, delivery.account)
    assert list(drop.iterdir()) == []
