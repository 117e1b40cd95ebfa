"""What servers say, octet by octet."""

from base64 import b64encode

from pop3lab.behaviours.profiles.catalogue import PROFILES
from tests.behaviours.profiles.profiled import TOKEN, Profiled
from tests.dialogue import done, fed, sent

STAMP = "<1896.697170952@dbc.mtview.ca.us>"
ID = "497618b36537f823"
XOAUTH2 = b64encode(f"user=ann\1auth=Bearer {TOKEN}\1\1".encode()).decode()
ONE = "S: Subject: one\nS:\nS: hello\nS: .\n"
TOP = "S: Subject: one\nS:\nS: .\n"


def test_gmail() -> None:
    Profiled("gmail").plays(
        f"""
        S: +OK Gpop ready for requests from 192.0.2.1 {ID}
        C: STLS
        S: -ERR Not supported
        C: CAPA
        S: +OK Capability list follows
        S: USER
        S: RESP-CODES
        S: EXPIRE 0
        S: LOGIN-DELAY 300
        S: TOP
        S: UIDL
        S: X-GOOGLE-RICO
        S: SASL PLAIN XOAUTH2
        S: .
        C: USER ann
        S: +OK send PASS
        C: PASS secret
        S: +OK Welcome.
        C: CAPA
        S: +OK Capability list follows
        S: USER
        S: RESP-CODES
        S: PIPELINING
        S: EXPIRE 0
        S: LOGIN-DELAY 300
        S: TOP
        S: UIDL
        S: X-GOOGLE-RICO
        S: .
        C: LIST
        S: +OK 2 messages (56 bytes)
        S: 1 23
        S: 2 33
        S: .
        C: LIST 2
        S: +OK 2 33
        C: UIDL
        S: +OK
        S: 1 1
        S: 2 2
        S: .
        C: RETR 1
        S: +OK message follows
        {ONE}
        C: TOP 1 0
        S: +OK message follows
        {TOP}
        C: DELE 2
        S: +OK
        C: NOOP
        S: +OK
        C: RSET
        S: +OK
        C: RETR 1
        S: +OK message follows
        {ONE}
        C: DELE 2
        S: +OK
        C: QUIT
        S: +OK Farewell.
        (close)
        """
    ).plays(
        f"""
        S: +OK Gpop ready for requests from 192.0.2.1 {ID}
        C: AUTH XOAUTH2 {XOAUTH2}
        S: +OK Welcome.
        C: UIDL
        S: +OK
        S: 1 2
        S: .
        """
    )


def test_outlook_o365() -> None:
    banner = "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]"
    greeting = f"S: +OK The Microsoft Exchange POP3 service is ready. {banner}\n"
    server = Profiled("outlook-o365")
    server.plays(
        greeting
        + f"""
        C: CAPA
        S: +OK
        S: TOP
        S: UIDL
        S: SASL PLAIN XOAUTH2
        S: .
        C: USER ann
        S: +OK
        C: PASS secret
        S: -ERR Logon failure: unknown user name or bad password.
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR Logon failure: unknown user name or bad password.
        C: AUTH PLAIN
        S: +
        C: AGFubgBzZWNyZXQ=
        S: -ERR Authentication failure: unknown user name or bad password.
        C: AUTH XOAUTH2 {XOAUTH2}
        S: -ERR Protocol error. Connection is closed. 10
        (close)
        """
    )
    server.plays(
        greeting + f"C: AUTH XOAUTH2\nS: +\nC: {XOAUTH2}\nS: +OK User successfully authenticated."
    )


def test_the_plus_of_exchange_has_no_space() -> None:
    for name, mechanism in (("exchange2010", b"PLAIN"), ("outlook-o365", b"XOAUTH2")):
        played = Profiled(name).session()
        done(played.greeting())
        assert sent(done(fed(played, b"AUTH " + mechanism + b"\r\n"))) == b"+\r\n"


def test_exchange_2003() -> None:
    name = "Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1"
    Profiled("exchange2003").plays(
        f"""
        S: +OK {name} (dbc.mtview.ca.us) ready.
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: USER
        S: PIPELINING
        S: EXPIRE NEVER
        S: UIDL
        S: SASL NTLM
        S: .
        C: STAT
        S: -ERR Command is not valid in this state.
        C: AUTH NTLM
        S: +OK
        C: CAPA
        S: + TlRMTVNTUAACAAAAAAAAADAAAAAzggIAERITFBUWFxgAAAAAAAAAAAAAAAAwAAAATEFC
        C: *
        S: -ERR ...
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR Logon failure: unknown user name or bad password.
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK User successfully logged on.
        C: USER ann
        S: -ERR Command is not valid in this state.
        C: LIST
        S: +OK
        S: 1 12
        S: 2 17
        S: .
        C: LIST 3
        S: -ERR ...
        C: QUIT
        S: +OK {name} signing off.
        (close)
        """
    )


def test_exchange_2010() -> None:
    Profiled("exchange2010").plays(
        """
        S: +OK The Microsoft Exchange POP3 service is ready.
        C: CAPA
        S: +OK
        S: TOP
        S: UIDL
        S: SASL NTLM GSSAPI PLAIN LOGIN
        S: USER
        S: .
        C: AUTH PLAIN
        S: +
        C: AGFubgBzZWNyZXQ=
        S: +OK User successfully logged on.
        C: LIST
        S: +OK 2 29
        S: 1 12
        S: 2 17
        S: .
        C: UIDL
        S: +OK
        S: 1 6499
        S: 2 6500
        S: .
        C: QUIT
        S: +OK Good-bye.
        (close)
        """
    )


def test_dovecot() -> None:
    Profiled("dovecot").plays(
        f"""
        S: +OK Dovecot ready.
        C: CAPA
        S: +OK
        S: CAPA
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: PIPELINING
        S: AUTH-RESP-CODE
        S: STLS
        S: USER
        S: SASL PLAIN
        S: .
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR [AUTH] Authentication failed.
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK Logged in.
        C: CAPA
        S: +OK
        S: CAPA
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: PIPELINING
        S: AUTH-RESP-CODE
        S: .
        C: LIST
        S: +OK 2 messages:
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: +OK
        S: 1 000000016feade73
        S: 2 000000026feade73
        S: .
        C: RETR 1
        S: +OK 23 octets
        {ONE}
        C: TOP 1 0
        S: +OK
        {TOP}
        C: NOOP
        S: +OK
        C: RSET
        S: +OK
        C: DELE 1
        S: +OK Marked to be deleted.
        C: XTND
        S: -ERR Unknown command: XTND
        C: XTND
        S: -ERR Unknown command: XTND
        C: XTND
        S: -ERR Too many bad commands.
        (close)
        """
    ).plays("S: +OK Dovecot ready.\nC: QUIT\nS: +OK Logging out.\n(close)")


def test_courier() -> None:
    server = Profiled("courier", tls=False)
    server.plays("S: +OK Hello there.\nC: QUIT\nS: +OK Better luck next time.\n(close)")
    server.plays(
        f"""
        S: +OK Hello there.
        C: CAPA
        S: +OK Here's what I can do:
        S: SASL LOGIN CRAM-MD5 PLAIN
        S: TOP
        S: USER
        S: LOGIN-DELAY 10
        S: PIPELINING
        S: UIDL
        S: UTF8 USER
        S: LANG
        S: IMPLEMENTATION Courier Mail Server
        S: .
        C: USER ann
        S: +OK Password required.
        C: PASS wrong
        (pause 5)
        S: -ERR Login failed.
        C: USER ann
        S: +OK Password required.
        C: PASS secret
        S: +OK logged in.
        C: LIST
        S: +OK POP3 clients that break here, they violate STD53.
        S: 1 23
        S: 2 33
        S: .
        C: UIDL 2
        S: +OK 2 UID2-1877663347
        C: RETR 1
        S: +OK 23 octets follow.
        {ONE}
        C: TOP 1 0
        S: +OK headers follow.
        {TOP}
        C: NOOP
        S: +OK Yup.
        C: RSET
        S: +OK Resurrected.
        C: DELE 1
        S: +OK Deleted.
        C: QUIT
        S: +OK Bye-bye.
        (close)
        """
    )


def test_cyrus() -> None:
    Profiled("cyrus").plays(
        f"""
        S: +OK dbc.mtview.ca.us Cyrus POP3 3.8.1 server ready {STAMP}
        C: CAPA
        S: +OK List of capabilities follows
        S: SASL ...
        S: STLS
        S: EXPIRE NEVER
        S: LOGIN-DELAY 0
        S: TOP
        S: UIDL
        S: PIPELINING
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: USER
        S: IMPLEMENTATION Cyrus POP3 3.8.1
        S: .
        C: USER ann
        S: +OK Name is a valid mailbox
        C: PASS secret
        S: +OK Mailbox locked and ready SESSIONID=<{ID}>
        C: LIST
        S: +OK scan listing follows
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: +OK unique-id listing follows
        S: 1 1
        S: 2 2
        S: .
        C: RETR 1
        S: +OK Message follows
        {ONE}
        C: DELE 1
        S: +OK message deleted
        """
    )


def test_uw_ipop3d() -> None:
    server = Profiled("uw-ipop3d")
    first = server.session()
    server.plays(
        f"""
        S: +OK POP3 dbc.mtview.ca.us 2007f.104 server ready {STAMP}
        C: RPOP ann
        S: -ERR Nice try, bunkie
        C: USER ann
        S: +OK User name accepted, password please
        C: PASS wrong
        (pause 3)
        S: -ERR Bad login
        C: CAPA
        S: +OK Capability list follows:
        S: TOP
        S: LOGIN-DELAY 180
        S: UIDL
        S: STLS
        S: USER
        S: SASL LOGIN PLAIN
        S: .
        C: USER ann
        S: +OK User name accepted, password please
        C: PASS secret
        S: +OK Mailbox open, 2 messages
        C: UIDL
        S: +OK Unique-ID listing follows
        S: 1 6feade7300000001
        S: 2 6feade7300000002
        S: .
        C: LAST
        S: +OK 0
        C: RETR 1
        S: +OK 23 octets
        {ONE}
        C: TOP 1 0
        S: +OK Top of message follows
        S: Status: RO
        {TOP}
        C: LAST
        S: +OK 1
        C: NOOP
        S: +OK No-op to you too!
        C: RSET
        S: +OK Reset state
        """
    )
    first.session_ended("closed")


def test_popa3d() -> None:
    Profiled("popa3d").plays(
        f"""
        S: +OK
        C: CAPA
        S: -ERR
        C: AUTH
        S: -ERR
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR Authentication failed (bad password?)
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK
        C: STAT
        S: +OK 2 56
        C: UIDL
        S: +OK
        S: 1 6b86b273ff34fce1
        S: 2 d4735e3a265e16ee
        S: .
        C: RETR 1
        S: +OK
        {ONE}
        C: LAST
        S: +OK
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK
        (close)
        """
    )


def test_twisted() -> None:
    Profiled("twisted").plays(
        f"""
        S: +OK {STAMP}
        C: RPOP ann
        S: -ERR permission denied, sucker
        C: CAPA
        S: +OK I can do the following:
        S: TOP
        S: USER
        S: UIDL
        S: PIPELINE
        S: CELERITY
        S: AUSPEX
        S: POTENCE
        S: SASL ...
        S: .
        C: USER ann
        S: +OK USER accepted, send PASS
        C: PASS secret
        S: +OK Authentication succeeded
        C: UIDL 2
        S: +OK 2
        C: LAST
        S: +OK 0
        """
    )


def test_greenmail() -> None:
    Profiled("greenmail").plays(
        """
        S: +OK POP3 GreenMail Server v2.1.13 ready
        C: CAPA
        S: +OK
        S: UIDL
        S: SASL PLAIN XOAUTH2
        S: .
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK
        C: LIST
        S: +OK
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: +OK
        S: 1 1
        S: 2 2
        S: .
        C: NOOP
        S: +OK noop rimes with poop
        C: QUIT
        S: +OK bye see you soon
        (close)
        """
    )


def test_inbucket() -> None:
    Profiled("inbucket", tls=False).plays(
        f"""
        S: +OK Inbucket POP3 server ready {STAMP}
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: USER
        S: UIDL
        S: IMPLEMENTATION Inbucket
        S: .
        C: USER ann
        S: +OK Hello ann, welcome to Inbucket
        C: PASS secret
        S: +OK Found 2 messages for ann
        C: RETR 1
        S: +OK 23 bytes follows
        {ONE}
        C: DELE 1
        S: +OK Deleted message 1
        C: QUIT
        S: +OK We will process your deletes
        (close)
        """
    )


def test_hmailserver() -> None:
    Profiled("hmailserver").plays(
        f"""
        S: +OK POP3
        C: HELP
        S: +OK Normal POP3 commands allowed
        C: CAPA
        S: +OK CAPA list follows
        S: USER
        S: UIDL
        S: TOP
        S: STLS
        S: .
        C: USER ann
        S: +OK Send your password
        C: PASS secret
        S: +OK Mailbox locked and ready
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: +OK ...
        S: 1 1
        S: 2 2
        S: .
        C: RETR 1
        S: +OK 23 octets
        {ONE}
        C: TOP 1 0
        S: +OK 23 octets
        S: Subject: one
        S:
        S:
        S: .
        C: DELE 1
        S: +OK msg deleted
        C: RSET
        S: +OK 0
        C: NOOP
        S: +OK
        C: QUIT
        S: +OK POP3 server saying goodbye...
        (close)
        """
    )


def test_the_lock_of_hmailserver() -> None:
    server = Profiled("hmailserver")
    maildrop = server.store.open("ann")
    server.plays(
        """
        S: +OK POP3
        C: USER ann
        S: +OK Send your password
        C: PASS secret
        S: -ERR Your mailbox is already locked
        """
    )
    maildrop.close()


def test_stalwart() -> None:
    Profiled("stalwart").plays(
        f"""
        S: +OK Stalwart POP3 at your service.
        C: CAPA
        S: +OK Capability list follows
        S: USER
        S: SASL PLAIN OAUTHBEARER XOAUTH2
        S: STLS
        S: TOP
        S: RESP-CODES
        S: PIPELINING
        S: EXPIRE NEVER
        S: UIDL
        S: UTF8
        S: IMPLEMENTATION Stalwart Server
        S: .
        C: USER ann
        S: +OK ann is a valid mailbox
        C: PASS secret
        S: +OK Authentication successful
        C: LIST
        S: +OK 2 messages
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: +OK 2 messages
        S: 1 18776633471
        S: 2 18776633472
        S: .
        C: TOP 1 0
        S: +OK 23 octets
        {ONE}
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: +OK Stalwart POP3 bids you farewell.
        (close)
        """
    )


def test_zimbra() -> None:
    Profiled("zimbra").plays(
        f"""
        S: +OK dbc.mtview.ca.us Zimbra POP3 server ready
        C: USER ann
        S: +OK hello ann, please enter your password
        C: PASS secret
        S: +OK server ready
        C: RETR 1
        S: +OK message follows
        {ONE}
        C: DELE 1
        S: +OK message 1 marked for deletion
        C: NOOP
        S: +OK yawn
        C: QUIT
        S: +OK deleted 1 message(s)
        (close)
        """
    )


def test_domino() -> None:
    Profiled("domino").plays(
        r"""
        S: +OK Lotus Notes POP3 server version X2.0 ready <\x05\xb8\xe2\x05\xa1\xf7@\xc4\xe3>
        C: APOP ann 0123
        S: -ERR ...
        """
    )


def test_a_rule_of_ones_own_has_its_way() -> None:
    Profiled("dovecot", "uid-form courier-uid", 'wording GREETING "Dovecot (Debian) ready."').plays(
        """
        S: +OK Dovecot (Debian) ready.
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK Logged in.
        C: UIDL
        S: +OK
        S: 1 UID1
        S: 2 UID2
        S: .
        """
    )


def test_netease_163() -> None:
    digits = f"{ID}{ID}"
    server = Profiled("netease-163")
    server.plays(
        f"""
        S: +OK Welcome to coremail Mail Pop3 Server (163coms[{digits}s])
        C: AUTH NTLM
        S: -ERR Not support ntlm auth method
        C: USER ann
        S: +OK core mail
        C: PASS wrong
        S: -ERR Unable to log on
        C: USER ann
        S: +OK core mail
        C: PASS secret
        S: +OK 2 message(s) [56 byte(s)]
        C: STAT
        S: +OK 2 56
        C: LIST
        S: +OK 2 56
        S: 1 23
        S: 2 33
        S: .
        C: LIST 2
        S: +OK 2 33
        C: RETR 1
        S: +OK 23 octets
        {ONE}
        C: DELE 1
        S: +OK core mail
        C: LIST
        S: +OK 1 33
        S: 2 33
        S: .
        C: QUIT
        S: +OK core mail
        (close)
        """
    )


def test_netease_163_refuses_in_gbk_where_pop3_is_switched_off() -> None:
    (rule,) = (trait.rule for trait in PROFILES["netease-163"].rules if "gbk" in trait.rule)
    played = Profiled("netease-163", rule).session()
    done(played.greeting())
    answer = sent(done(fed(played, b"USER ann\r\nPASS wrong\r\n")))
    assert answer.endswith(
        b"-ERR \xc4\xfa\xc3\xbb\xd3\xd0\xc8\xa8\xcf\xde\xca\xb9\xd3\xc3pop3\xb9\xa6\xc4\xdc\r\n"
    )


def test_qq() -> None:
    Profiled("qq").plays(
        """
        S: +OK QQMail POP3 Server v1.0 Service Ready(QQMail v2.0)
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK
        C: LIST
        S: +OK
        S: 1 23
        S: 2 33
        S: .
        C: QUIT
        S: +OK Bye
        (close)
        """
    )


def test_gmail_shows_a_recent_user_what_was_fetched() -> None:
    server = Profiled("gmail")
    counts = []
    for name in ("ann", "ann", "recent:ann", "recent:ann", "ann"):
        played = server.session()
        done(played.greeting())
        done(fed(played, f"USER {name}\r\nPASS secret\r\n".encode()))
        counts.append(sent(done(fed(played, b"STAT\r\n")))[:5])
        done(fed(played, b"RETR 1\r\nRETR 2\r\nQUIT\r\n"))
    assert counts == [b"+OK 2", b"+OK 0", b"+OK 2", b"+OK 2", b"+OK 0"]


def test_a_reason_of_ones_own_is_not_said_in_the_words_for_a_wrong_password() -> None:
    Profiled("gmail", "auth-fail-permanent").plays(
        f"""
        S: +OK Gpop ready for requests from 192.0.2.1 {ID}
        C: USER ann
        S: +OK send PASS
        C: PASS secret
        S: -ERR [AUTH] Application-specific password required: ...
        C: USER ann
        S: +OK send PASS
        C: PASS wrong
        S: -ERR [AUTH] Username and password not accepted.
        """
    )
