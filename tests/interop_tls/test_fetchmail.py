from pathlib import Path

import pytest

from tests.interop import accounts
from tests.interop.client import MDA, configuration, run
from tests.interop.compare import without
from tests.interop.folders import Folder

from .secure import Secure, assert_delivered, contents, secure

FETCHMAILRC = """\
set invisible  # no Received line
set no bouncemail
set pidfile "{home}/pid"  # root's is one for the machine
poll localhost port {port} protocol {protocol} uidl bad-header accept
  user ann password secret
  fetchall no keep
  no rewrite no mimedecode no dropstatus no dropdelivered
  no stripcr no forcecr
  {tls} sslproto "{version}" sslcertck sslcertfile "{ca}"
  mda "sh '{mda}' out"
"""


def fetch(secured: Secure, home: Path, protocol: str, tls: str, version: str) -> list[bytes]:
    text = FETCHMAILRC.format(
        home=home,
        port=secured.server.tls_port if tls else secured.server.port,
        protocol=protocol,
        tls=tls,
        version=version,
        ca=secured.ca,
        mda=MDA,
    )
    (home / "out").mkdir()
    run(["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))], home)
    return contents(home / "out")


@pytest.mark.parametrize(
    ("protocol", "tls", "version"),
    [("POP3", "", "TLS1.2+"), ("POP3", "ssl", "TLS1.3"), ("APOP", "ssl", "TLS1.2+")],
    ids=["stls", "ssl", "apop"],
)
def test_every_message_arrives_and_goes(
    folder: Folder, protocol: str, tls: str, version: str, tmp_path: Path
) -> None:
    folder = without(folder, accounts.FETCHMAIL_CANNOT)
    with secure(folder, tmp_path) as secured:
        delivered = fetch(secured, tmp_path, protocol, tls, version)
        left, said = secured.left(), secured.said()

    assert_delivered(delivered, folder, accounts.fetchmail)
    assert left == []
    assert ("C: STLS" in said) == (not tls)
    assert ("C: APOP" in said) == (protocol == "APOP")
