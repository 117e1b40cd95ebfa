"""The peers that take one line to start: pop3lab itself, Twisted, Perl, and canned replies."""

import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

from benchmarks.maildrops import Maildrop
from benchmarks.peers.peer import Peer
from benchmarks.servers import Command

HERE = Path(__file__).parent
POP3LAB = "pop3lab"
TRANSCRIPT = "pop3lab, transcript"
TWISTED = "Twisted"
PERL = "Perl, start only"
CANNED = "canned replies"


def pop3lab() -> Peer:
    """As it comes."""

    def command(maildrop: Maildrop) -> Command:
        return Command(_pop3lab_words(maildrop))

    return Peer(POP3LAB, _version("pop3lab"), _no_pop3lab(), command)


def pop3lab_with_transcript(file: Path) -> Peer:
    """With a transcript of all sessions written to `file`."""

    def command(maildrop: Maildrop) -> Command:
        file.unlink(missing_ok=True)
        return Command((*_pop3lab_words(maildrop), "--transcript", str(file)))

    return Peer(TRANSCRIPT, _version("pop3lab"), _no_pop3lab(), command, starts=False, idle=0)


def _pop3lab_words(maildrop: Maildrop) -> tuple[str, ...]:
    return (sys.executable, "-m", "pop3lab", str(maildrop.folder))


def _no_pop3lab() -> str:
    return "" if util.find_spec("pop3lab") else "pop3lab is missing: pip install -e ."


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
