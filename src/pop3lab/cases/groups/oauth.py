"""Tokens in place of passwords."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case

_BEARER = "RFC 7628 section 3"
_ERROR = "RFC 7628 section 3.2.3"
_ONLY_WHY = "Large providers take nothing but tokens."
_DEAD_WHY = (
    "Tokens end after an hour. The server tells why in a challenge and waits for one more line; a "
    "client that waits, too, hangs."
)
_IN = "Log in with the token, and fetch and delete all."
_DEAD = "Send one more line, read -ERR, and say failure."

_TOKEN: Mapping[str, Any] = {"tls": "implicit", "auth": "xoauth2"}

OAUTH_CASES = (
    Case(
        number="7.01",
        id="oauth/xoauth2",
        situation="The client is to log in by XOAUTH2.",
        why=_ONLY_WHY,
        expected=_IN,
        user="ann+box@example.org",
        fail="MISSING FAILED INSTEAD",
        source="Google",
        **_TOKEN,
    ),
    Case(
        number="7.02",
        id="oauth/oauthbearer",
        situation="The client is to log in by OAUTHBEARER.",
        why=_ONLY_WHY,
        clause=_BEARER,
        expected=_IN,
        user="ann=a,b@example.org",
        tls="implicit",
        auth="oauthbearer",
        fail="MISSING FAILED INSTEAD",
    ),
    Case(
        number="7.03",
        id="oauth/two-step",
        situation="A token on the line of AUTH is refused, and the connection closed.",
        why="Office 365 is like this. A client that knows one form only never logs in there.",
        clause="RFC 5034 section 4",
        expected="Send the token on a line of its own, on this connection or the next.",
        rules="*: auth-no-ir",
        fail="SILENT",
        warn="FAILED",
        source="getmail6#256; jakartaee mail-api#461",
        **_TOKEN,
    ),
    Case(
        number="7.04",
        id="oauth/long-token",
        situation="The token has 3000 octets.",
        why="Real tokens are as long. A command line ends at 255 octets.",
        clause="RFC 5034 section 4",
        expected="Send the token on a line of its own.",
        token_octets=3000,
        fail="MISSING FAILED",
        warn="initial-response-too-long",
        **_TOKEN,
    ),
    Case(
        number="7.05",
        id="oauth/too-long",
        situation="The token is longer than what the server reads, and the connection is closed.",
        why="A client that only tries again keeps the server busy, and tells its user nothing.",
        clause="RFC 5034 section 4",
        expected="Say failure, and do not try for ever.",
        rules="*: auth-long-token octets=4096",
        token_octets=5000,
        connections=3,
        fail="SILENT",
        warn="STORM",
        source="MailKit#1948",
        **_TOKEN,
    ),
    Case(
        number="7.06",
        id="oauth/bad-token",
        situation="The token is refused: a challenge says why, and -ERR follows one more line.",
        why=_DEAD_WHY,
        clause=_ERROR,
        expected=_DEAD,
        wrong_password=True,
        fail="HANG SILENT",
        source="curl test889",
        **_TOKEN,
    ),
    Case(
        number="7.07",
        id="oauth/bad-token-scope",
        situation="The token is refused, and the challenge names the scope that is wanted.",
        why=_DEAD_WHY,
        clause=_ERROR,
        expected=_DEAD,
        rules="*: auth-oauth-error-continuation scope=mail",
        wrong_password=True,
        fail="HANG SILENT",
        **_TOKEN,
    ),
    Case(
        number="7.08",
        id="oauth/in-clear",
        situation="The client is to use STLS and a token, and there is no STLS.",
        why="A token opens the maildrop to whoever has read it.",
        clause="RFC 7628 section 5",
        expected="Say failure, and send no token.",
        rules="*: stls-hidden",
        tls="stls",
        auth="xoauth2",
        fail="SILENT",
    ),
    Case(
        number="7.09",
        id="oauth/token-not-password",
        situation="The token is refused, and USER and PASS are offered.",
        why="A token that is sent as a password is stored in logs, and is of no use there.",
        clause=_BEARER,
        expected="Say failure, and do not send the token behind PASS.",
        wrong_password=True,
        fail="INSTEAD SILENT",
        **_TOKEN,
    ),
    Case(
        number="7.10",
        id="oauth/expired-midway",
        situation="The token is refused in the second run.",
        why="Tokens end. What has been delivered must stay, and the user must learn it.",
        clause="RFC 3206 section 5",
        expected="Say failure in the second run, and keep what was delivered.",
        rules="2: auth-fail-permanent code=AUTH",
        arrives=True,
        operation="keep",
        runs=2,
        fail="SILENT",
        **_TOKEN,
    ),
)
