"""The other peers that take one line to start: Twisted, Perl, and canned replies."""

import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

from benchmarks.maildrops import Maildrop
from benchmarks.peers.peer import Peer
from benchmarks.servers import Command

HERE = Path(__file__).parent
TWISTED = "Twisted"
PERL = "Perl, start only"
CANNED = "canned replies"


def twisted() -> Peer:
    """Twisted's own protocol over messages in memory."""

    def command(maildrop: Maildrop) -> Command:
        return Command((sys.executable, str(HERE / "twisted_server.py"), str(maildrop.folder)))

    here = util.find_spec("twisted")
    missing = "" if here else "Twisted is missing: pip install -e '.[bench]'"
    return Peer(TWISTED, _version("twisted"), missing, command)


def perl() -> Peer:
    """Stands for the original server: binds, prints the port, greets."""

    def command(_: Maildrop) -> Command:
        return Command(("perl", str(HERE / "start.pl")))

    if not shutil.which("perl"):
        return Peer(PERL, "", "Perl is missing: apt-get install perl", command, loads=False, idle=0)
    return Peer(PERL, _perl_version(), "", command, loads=False, idle=0)


def canned(program: Path) -> Peer:
    """The limit: a compiled program that understands nothing and answers at once."""

    def command(maildrop: Maildrop) -> Command:
        return Command((str(program), str(maildrop.messages), str(maildrop.octets)))

    return Peer(CANNED, "", "", command, idle=0)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed as a package"


def _perl_version() -> str:
    words = ("perl", "-e", "printf '%vd', $^V")
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
