"""What a client does: dialogues of one visit or more, short, so that each shows little else.

    LOGIN         however it is let in: USER and PASS, else APOP, else AUTH
    SCRAM         by SCRAM-SHA-256, to the end
    TLS           first in a visit: TLS is there before the greeting
    GONE          the client has left without QUIT
    AWAY, BACK    the visit goes on behind the next one
    LATER         a long time passes
    WAKE          the server is asked whether it has something to say
    NEW           a message is delivered before the visit
    COMES         a message is delivered during the visit

All else is a line that is sent.
"""

from collections.abc import Sequence

_NTLM = "TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA="
_PLAIN = "AGFubgBzZWNyZXQ="
_WRONG = "AGFubgB3cm9uZw=="

_TEXTS = (
    "NOOP; QUIT",
    "CAPA",
    "LOGIN; CAPA",
    "LOGIN; STAT; NOOP",
    "COMES; LOGIN; STAT",
    "LOGIN; LIST",
    "LOGIN; LIST 2; LIST 9",
    "LOGIN; UIDL",
    "LOGIN; UIDL 1",
    "LOGIN; RETR 1",
    "LOGIN; RETR 2; RETR 9",
    "LOGIN; RETR 4; RETR 3",
    "LOGIN; RETR 9; RETR 1; RETR 2",
    "LOGIN; RETR 1; RETR 2; RETR 3; RETR 4; RETR 5",
    "LOGIN; TOP 1 0",
    "LOGIN; TOP 4 1; TOP 9 1",
    "LOGIN; TOP 2 0",
    "LOGIN; TOP 3 0",
    "LOGIN; DELE 3; DELE 9; NOOP; STAT; LIST; UIDL; RETR 3",
    "LOGIN; DELE 1; RSET; STAT; RSET 1",
    "LOGIN; RETR 1; RSET; QUIT | LOGIN; STAT",
    "LOGIN; DELE 1; DELE 2; QUIT | LOGIN; UIDL; UIDL 1",
    "LOGIN; DELE 1; GONE | LOGIN; UIDL; DELE 1; QUIT | LATER; LOGIN; UIDL",
    "LOGIN; RETR 1; RETR 3; QUIT | LOGIN; UIDL; QUIT | LATER; LOGIN; UIDL",
    "LOGIN; DELE 1; DELE 3; GONE | LATER; LOGIN; UIDL; QUIT | LATER; LOGIN; UIDL",
    "LOGIN; TOP 1 0; TOP 4 0; QUIT | LOGIN; UIDL; QUIT | LOGIN; UIDL",
    "LOGIN; DELE 1; DELE 3; QUIT | NEW; LOGIN; UIDL; UIDL 3; QUIT | LOGIN; UIDL",
    "LOGIN; DELE 3; DELE 4; QUIT | LATER; LOGIN; QUIT | LATER; NEW; LOGIN; UIDL; UIDL 3",
    "LOGIN; DELE 1; DELE 3; QUIT | LATER; LOGIN; UIDL; QUIT | LATER; LOGIN; UIDL",
    "LOGIN; QUIT | LOGIN; STAT; LIST; UIDL; UIDL 1; RETR 1; QUIT | LOGIN; UIDL; STAT",
    "USER ann; PASS wrong; PASS secret; USER ann; NOOP; USER ann; USER ann; PASS secret",
    "APOP ann 00000000000000000000000000000000",
    "AUTH",
    "AUTH CRAM-MD5; x",
    "AUTH EXTERNAL =; STAT",
    f"AUTH NTLM; {_NTLM}; x",
    "AUTH DIGEST-MD5; x; x",
    "AUTH XOAUTH2 eA==; x",
    f"AUTH PLAIN {_WRONG}; AUTH PLAIN {_PLAIN}; STAT",
    f"AUTH PLAIN; {_PLAIN}",
    "SCRAM",
    "STLS; CAPA; LOGIN",
    "STLS; STLS; STLS; LOGIN; RETR 1; QUIT",
    "STLS; SCRAM",
    "TLS; LOGIN; QUIT",
    "TLS; CAPA; SCRAM",
    "UTF8; LANG; LANG de; LOGIN; RETR 3",
    "USER mrose; PASS tanstaaf; STAT; LIST; UIDL",
    "LOGIN; NOOP\\r\\nSTAT\\r\\nRETR 1\\r\\nQUIT",
    "BREAK",
    "LOGIN; EXIT; QUIT",
    "LOGIN; XTND",
    "LOGIN; LAST; RETR 1; LAST; RETR 9",
    "LOGIN; FOO; FOO; FOO; NOOP",
    "USER ann\\t; LOGIN; STAT\\t1; retr 1; LIST  1",
    "LOGIN; TOP 3",
    "LOGIN; NOOP\\nSTAT",
    f"USER {'a' * 35}; USER {'a' * 300}; LOGIN",
    "LOGIN; RETR 1; LATER; WAKE; NOOP",
    "LOGIN; AWAY | LATER; LOGIN; STAT; QUIT | BACK; STAT; QUIT",
    "USER ann; USER ann; PASS secret; NOOP",
    "FOO; FOO; FOO; NOOP",
    "STLS; AUTH SCRAM-SHA-256-PLUS eA==",
    "TLS; AUTH SCRAM-SHA-256-PLUS eA==",
)

Visit = Sequence[str]


def _read(text: str) -> Sequence[Visit]:
    """The visits, and what is said in each."""
    return [visit.strip().split("; ") for visit in text.split("|")]


DIALOGUES: Sequence[Sequence[Visit]] = [_read(text) for text in _TEXTS]
