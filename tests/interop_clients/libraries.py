"""Libraries of several languages, each in a script of a page."""

from collections.abc import Sequence
from pathlib import Path

from .mail import in_folder
from .programs import run
from .reached import Fetch, Reached

_SCRIPTS = Path(__file__).parent / "scripts"
_JARS = "/usr/share/java/javax.mail.jar:/usr/share/java/javax.activation.jar"
_NODE = Path(__file__).parents[2] / "build" / "node"  # make soak installs its modules there


def _script(name: str, *interpreter: str) -> Fetch:
    def fetch(at: Reached) -> list[bytes]:
        return _fetched(at, [*interpreter, str(_SCRIPTS / name), *at.words])

    return fetch


def _fetched(at: Reached, command: Sequence[str]) -> list[bytes]:
    (at.home / "out").mkdir()
    run(at, command)
    return in_folder(at.home / "out")


poplib = _script("fetch_poplib.py", "python3")
net_pop = _script("fetch_net_pop.rb", "ruby")
pop3_client = _script("fetch_pop3_client.pl", "perl")
php_imap = _script("fetch_imap.php", "php")
tcllib = _script("fetch_pop3.tcl", "tclsh")
node_pop3 = _script("fetch_node_pop3.mjs", "env", f"NODE_PATH={_NODE}", "node")
yapople = _script("fetch_yapople.mjs", "env", f"NODE_PATH={_NODE}", "node")


def javamail(at: Reached) -> list[bytes]:
    """Trust is a file of a form of its own."""
    trusted: list[str] = []
    if at.ca.exists():
        store = str(at.home / "trusted.p12")
        words = ["-importcert", "-noprompt", "-alias", "ca", "-file", str(at.ca)]
        run(at, ["keytool", *words, "-keystore", store, "-storepass", "secret"])
        trusted = [f"-Djavax.net.ssl.trustStore={store}"]
        trusted += ["-Djavax.net.ssl.trustStorePassword=secret"]
    return _fetched(at, ["java", *trusted, "-cp", _JARS, str(_SCRIPTS / "Fetch.java"), *at.words])
