from pathlib import Path

from tests.served import served

from . import accounts
from .client import run
from .compare import assert_arrived
from .folders import Folder, write

SCRIPT = Path(__file__).parent / "net_pop3.pl"


def test_every_message_arrives_and_goes(
    folder: Folder, keywords: tuple[str, ...], tmp_path: Path
) -> None:
    drop = write(folder, tmp_path / "drop")
    (tmp_path / "out").mkdir()
    login = "apop" if "apoponly" in keywords else "login"
    with served(drop, *keywords) as server:
        run(["perl", str(SCRIPT), str(server.port), login, "out"], tmp_path)

    delivered = [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())]
    assert_arrived(delivered, folder, keywords, accounts.net_pop3)
    assert list(drop.iterdir()) == []
