from pathlib import Path

import pytest

from tests.interop import accounts
from tests.interop.client import MDA, configuration, run
from tests.interop.folders import Folder

from .secure import Secure, assert_delivered, contents, secure

GETMAILRC = """\
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {port}
username = ann
password = secret
use_apop = {apop}
ca_certs = {ca}

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


def fetch(secured: Secure, home: Path, *, apop: bool) -> list[bytes]:
    (home / "out").mkdir()
    text = GETMAILRC.format(
        port=secured.server.tls_port, apop=apop, ca=secured.ca, mda=MDA, out=home / "out"
    )
    configuration(home / "getmailrc", text)
    run(["getmail", "--getmaildir", str(home)], home)
    return contents(home / "out")


@pytest.mark.parametrize("apop", [False, True], ids=["pass", "apop"])
def test_every_message_arrives_and_goes(folder: Folder, apop: bool, tmp_path: Path) -> None:
    with secure(folder, tmp_path) as secured:
        delivered = fetch(secured, tmp_path, apop=apop)
        left, said = secured.left(), secured.said()

    assert_delivered(delivered, folder, accounts.getmail)
    assert left == []
    assert ("C: APOP" in said) == apop
