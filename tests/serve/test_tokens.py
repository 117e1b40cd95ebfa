"""JSON Web Tokens and ANONYMOUS against the real server, under TLS."""

import time
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.serve.test_external import dialogue
from tests.serve.tls_server import tls_server

SECRET = "a secret of thirty-two octets or more"


def token(**claims: object) -> str:
    key = OctKey.import_key(SECRET)
    wanted = {"sub": "ann", "aud": "pop3", "exp": int(time.time()) + 60, **claims}
    return jwt.encode({"alg": "HS256"}, wanted, key)


@pytest.mark.parametrize(
    ("claims", "good"),
    [({}, True), ({"exp": 1}, False), ({"aud": "imap"}, False), ({"sub": "nobody"}, False)],
)
def test_p239_p242_json_web_tokens(tmp_path: Path, claims: dict[str, object], good: bool) -> None:
    (tmp_path / "key").write_text(SECRET)
    options = ("--oauth-keys", str(tmp_path / "key"), "--oauth-audience", "pop3")
    with tls_server(tmp_path, *options) as (port, context):
        message = f"n,a=ann,\x01auth=Bearer {token(**claims)}\x01\x01".encode()
        line = b"AUTH OAUTHBEARER " + b64encode(message)
        sasl, answer, end = dialogue(port, context, line, b"AQ==" if not good else b"STAT")
    assert b" OAUTHBEARER" in sasl
    if good:
        assert answer.startswith(b"+OK")
        assert end.startswith(b"+OK")
    else:
        assert b'"status"' in b64decode(answer.removeprefix(b"+ "))
        assert end.startswith(b"-ERR [AUTH]")


def test_what_names_the_user_and_what_clients_are_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET)
    options = ["--oauth-keys", str(tmp_path / "key"), "--oauth-audience", "pop3"]
    options += ["--oauth-claim", "email", "--oauth-scope", "mail"]
    options += ["--oauth-discovery", "https://id.example.org/openid"]
    with tls_server(tmp_path, *options) as (port, context):
        for claims, good in (({"scope": "mail"}, True), ({"scope": "calendar"}, False)):
            message = f"n,,\x01auth=Bearer {token(sub='x', email='ann', **claims)}\x01\x01"
            line = b"AUTH OAUTHBEARER " + b64encode(message.encode())
            _, answer, _ = dialogue(port, context, line, b"AQ==" if not good else b"STAT")
            if good:
                assert answer.startswith(b"+OK")
            else:
                told = b64decode(answer.removeprefix(b"+ "))
                assert b'"mail"' in told
                assert b"https://id.example.org/openid" in told


def test_p244_anonymous_reaches_the_maildrop_of_one_user(tmp_path: Path) -> None:
    with tls_server(tmp_path, "--anonymous", "guest") as (port, context):
        sasl, answer, stat = dialogue(port, context, b"AUTH ANONYMOUS =", b"STAT")
    assert b" ANONYMOUS" in sasl
    assert answer.startswith(b"+OK")
    assert stat.startswith(b"+OK 1 ")
