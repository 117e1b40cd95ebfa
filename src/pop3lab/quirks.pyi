# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def rfc1939_commands() -> Effect:
    """Supports only the commands of RFC 1939: CAPA, AUTH, STLS and others are unknown."""

def minimal_commands() -> Effect:
    """Lacks APOP, TOP and UIDL, which are optional in RFC 1939."""

def apop_only() -> Effect:
    """Refuses USER; only APOP logs in."""

def perl_split() -> Effect:
    """Splits lines at any white space and ignores extra words; USER and PASS take all words."""

def list_at_greeting() -> Effect:
    """Lists the messages as of the greeting, or as of the login if a session has ended since."""

def user_then_pass() -> Effect:
    """Treats a second USER in a row as a failed login and forgets the first."""

def rset_one() -> Effect:
    """Accepts RSET with a number, which undeletes only that message."""

def top_whole() -> Effect:
    """Sends the whole message for TOP without a line count."""

def break_command() -> Effect:
    """Closes the connection on BREAK in any state, without a reply or deletions."""

def exit_command() -> Effect:
    """Sends no reply to EXIT, and shuts down at the next QUIT in any session."""

def extra_crlf() -> Effect:
    """Sends an extra CRLF before the final dot of a message."""

def crlf_for_empty() -> Effect:
    """Sends an empty message as one empty line."""

def autodelete() -> Effect:
    """Deletes messages at QUIT that RETR, or TOP without a line count, has sent completely."""

def bare_status(
    verbs: str | Iterable[str] = (),
) -> Effect:
    """Sends the greeting and simple replies as bare +OK or -ERR, without a space or text.

    Args:
        verbs: commands whose replies are bare, or GREETING; empty for all
    """

def greeting_odd_text(
    kind: Literal["decorated", "hello", "base64", "xclient", "half-stamp"] = 'decorated',
    text: str = '',
    stamp: bool = False,
) -> Effect:
    """Greets with a text that confuses clients.

    Args:
        kind: the greeting's text
        text: a text that replaces that of the kind
        stamp: whether the APOP timestamp follows the text
    """

def greeting_apop_fake(
    place: Literal["end", "front", "inside"] = 'end',
    octets: Literal["plain", "unprintable"] = 'plain',
    text: str = 'unknown command',
) -> Effect:
    """Greets with an APOP timestamp but refuses APOP.

    Args:
        place: the timestamp's place
        octets: content of its angle brackets
        text: text of the refusal
    """

def greeting_err(
    text: str = 'the server is too busy, try again later',
    code: str = '',
) -> Effect:
    """Greets with -ERR and closes the connection.

    Args:
        text: text after -ERR
        code: response code, such as SYS/TEMP, SYS/PERM or IN-USE
    """

def greeting_drop(
    how: Literal["fin", "reset"] = 'fin',
    banner: bool = True,
) -> Effect:
    """Closes the connection right after the greeting, or instead of it.

    Args:
        how: how the connection ends
        banner: whether the server greets first
    """

def greeting_silent() -> Effect:
    """Accepts the connection and never sends anything."""

def greeting_slow(
    seconds: float = 30.0,
) -> Effect:
    """Delays the greeting, as for reverse DNS, ident or a tarpit.

    Args:
        seconds: delay before the greeting
    """

def greeting_wrong_protocol(
    kind: Literal["imap", "smtp", "http", "tls", "tls-data"] = 'imap',
) -> Effect:
    """Greets as a server of another protocol, or sends a TLS record before the greeting.

    Args:
        kind: the protocol
    """

def greeting_glued(
    kind: Literal["status", "listing", "capa"] = 'status',
    octets: bytes | str = b'',
) -> Effect:
    """Sends more lines in the same packet as the greeting.

    Args:
        kind: the extra lines
        octets: octets that replace those of the kind
    """

def capa_unsupported() -> Effect:
    """Rejects CAPA as an unknown command."""

def capa_kills_connection(
    after_login: bool = False,
    reply: bool = False,
) -> Effect:
    """Closes the connection on CAPA.

    Args:
        after_login: whether this happens only after login
        reply: whether -ERR comes first
    """

def capa_understates(
    words: str | Iterable[str] = ('UIDL',),
) -> Effect:
    """Omits capabilities that it supports.

    Args:
        words: the omitted capabilities and SASL mechanisms
    """

def capa_overstates(
    line: str = 'UIDL',
    text: str = 'unknown command',
) -> Effect:
    """Lists a capability that has no meaning or whose command it refuses.

    Args:
        line: the line of the list; the command it starts with is refused
        text: text of the refusal
    """

def capa_empty(
    kind: Literal["nothing", "blank"] = 'nothing',
) -> Effect:
    """Sends an empty capability list, or blank lines within it.

    Args:
        kind: no line at all, or a blank line before each capability
    """

def capa_odd_lines(
    kind: Literal["all", "words", "expire", "bare-sasl", "tabs", "lower", "twice", "dot", "8-bit", "many"] = 'all',
) -> Effect:
    """Lists capabilities that are unknown to the RFCs or deviate from them.

    Args:
        kind: the odd lines
    """

def capa_changes(
    before: str | Iterable[str] = ('UIDL', 'PIPELINING'),
    tls: str | Iterable[str] = ('UIDL', 'PIPELINING'),
    after: str | Iterable[str] = ('SASL', 'USER'),
) -> Effect:
    """Lists different capabilities before TLS, under TLS and after login.

    Args:
        before: omitted before TLS and login
        tls: omitted under TLS, before login
        after: omitted after login
    """

def capa_split(
    seconds: float = 0.1,
) -> Effect:
    """Sends the final dot of the list in a separate packet or TLS record.

    Args:
        seconds: pause before the dot
    """

def auth_fail_disconnect(
    reply: bool = True,
) -> Effect:
    """Closes the connection when a login fails.

    Args:
        reply: whether -ERR comes first
    """

def auth_fail_slow(
    seconds: float = 5.0,
) -> Effect:
    """Delays the reply to a failed login.

    Args:
        seconds: delay before the reply
    """

def auth_fail_temporary(
    text: str = 'mail storage services unavailable, wait a few minutes',
    code: str = 'SYS/TEMP',
) -> Effect:
    """Refuses a login with the right password for a temporary reason.

    Args:
        text: text after -ERR
        code: response code, such as SYS/TEMP, IN-USE, SYS/PERM or AUTH; empty for none
    """

def auth_fail_permanent(
    text: str = 'Application-specific password required: https://example.com/app-passwords',
    code: str = 'AUTH',
) -> Effect:
    """Refuses a login with the right password until someone intervenes.

    Args:
        text: text after -ERR
        code: response code, such as SYS/TEMP, IN-USE, SYS/PERM or AUTH; empty for none
    """

def login_ok_then_refused(
    text: str = 'login allowed only every 15 minutes',
    close: bool = True,
    again: bool = False,
) -> Effect:
    """Accepts the login, then refuses the first command.

    Args:
        text: text after -ERR
        close: whether the connection is then closed
        again: whether later commands are refused, too
    """

def user_refused(
    kind: Literal["unknown", "tls", "cleartext", "plaintext"] = 'unknown',
    text: str = '',
) -> Effect:
    """Refuses USER because the user is unknown or TLS is missing.

    Args:
        kind: reason for the refusal
        text: text after -ERR that replaces that of the kind
    """

def auth_plus_nospace() -> Effect:
    """Sends an empty challenge as a plus without a space."""

def auth_plus_text(
    text: str = 'go ahead',
) -> Effect:
    """Sends plain text instead of base64 in challenges without data.

    Args:
        text: text after the plus
    """

def auth_ok_instead_of_plus() -> Effect:
    """Sends +OK instead of the first challenge, then expects a response."""

def auth_no_ir(
    text: str = 'Protocol error. Connection is closed. 10',
    close: bool = True,
) -> Effect:
    """Refuses an initial response in the AUTH command.

    Args:
        text: text after -ERR
        close: whether the connection is then closed
    """

def auth_long_token(
    octets: int = 4096,
    text: str = 'Input line too long.',
    close: bool = True,
) -> Effect:
    """Refuses an AUTH command or response that exceeds a maximum length.

    Args:
        octets: maximum length of a line, including CRLF
        text: text after -ERR
        close: whether the connection is then closed
    """

def auth_oauth_error_continuation(
    status: str = '400',
    scope: str = 'https://mail.google.com/',
) -> Effect:
    """Refuses each OAuth token: a challenge gives the reason, -ERR follows the client's next line.

    Args:
        status: the field of this name in the JSON of the challenge
        scope: the field of this name in the JSON of the challenge
    """

def auth_mech_broken(
    mechanism: str = 'CRAM-MD5',
    how: Literal["fails", "refused", "drops"] = 'fails',
) -> Effect:
    """Offers a mechanism that fails every login.

    Args:
        mechanism: the mechanism
        how: -ERR after the exchange, immediate -ERR, or a closed connection
    """

def auth_cmd_chokes(
    at: Literal["alone", "after-user"] = 'alone',
    how: Literal["list", "garbage", "close"] = 'list',
    mechanisms: str | Iterable[str] = (),
) -> Effect:
    """Answers AUTH without a mechanism, or AUTH after USER, in a nonstandard way.

    Args:
        at: AUTH without a mechanism, or AUTH after USER
        how: the answer
        mechanisms: the list; empty for the available mechanisms
    """

def auth_only(
    mechanisms: str | Iterable[str] = (),
) -> Effect:
    """Restricts AUTH to some mechanisms, or to none.

    Args:
        mechanisms: the mechanisms kept of those available; empty for none
    """

def scram_plus_end_point() -> Effect:
    """Offers SCRAM-PLUS even under TLS 1.3, where it can bind only to the certificate."""

def auth_list_only_unusable(
    mechanisms: str | Iterable[str] = ('NTLM',),
    user: bool = False,
) -> Effect:
    """Offers only mechanisms that clients lack, and refuses those that have them.

    Args:
        mechanisms: the offered mechanisms
        user: whether USER works, too
    """

def external_in_clear(
    user: str = 'user',
) -> Effect:
    """Offers EXTERNAL without TLS or a client certificate, and logs a fixed user in.

    Args:
        user: the user, whom the client may name or leave out
    """

def stls_refused(
    text: str = 'command not implemented',
) -> Effect:
    """Lists STLS but refuses it.

    Args:
        text: text after -ERR
    """

def stls_hidden(
    capa: Literal["answered", "refused"] = 'answered',
) -> Effect:
    """Omits STLS from CAPA and rejects it as unknown, as if a middlebox had stripped it.

    Args:
        capa: whether CAPA is answered or unknown, too
    """

def stls_ok_silent() -> Effect:
    """Answers STLS with +OK, then sends nothing."""

def stls_ok_plaintext() -> Effect:
    """Answers STLS with +OK, then continues in cleartext."""

def stls_ok_close(
    how: Literal["fin", "reset", "alert"] = 'fin',
) -> Effect:
    """Answers STLS with +OK, then closes the connection.

    Args:
        how: how the connection ends; alert: FIN after a TLS alert
    """

def stls_tail(
    octets: bytes | str = b'+OK injected\r\n',
    withheld: int = 1,
) -> Effect:
    """Sends cleartext in the same packet as STLS's +OK, then withholds replies under TLS.

    Args:
        octets: octets that follow +OK
        withheld: number of replies withheld under TLS
    """

def tls_cert_bad(
    kind: Literal["expired", "not-yet-valid", "wrong-host", "self-signed", "unknown-ca", "nul-cn", "ip-san", "no-eku", "hostile-text"] = 'self-signed',
) -> Effect:
    """Presents a certificate that no client may accept.

    Args:
        kind: the flaw of the certificate
    """

def tls_abrupt_close(
    reply: Literal["sent", "lost"] = 'sent',
) -> Effect:
    """Closes connections under TLS without close_notify.

    Args:
        reply: whether the client gets the reply to QUIT
    """

def tls_sni_required(
    otherwise: Literal["wrong-host", "alert"] = 'wrong-host',
) -> Effect:
    """Sends a TLS alert or another host's certificate to clients without SNI.

    Args:
        otherwise: response to a client without SNI
    """

def tls_dribble(
    octets: int = 1,
    seconds: float = 0.0,
) -> Effect:
    """Sends each octet in a separate TLS record, even CR and LF.

    Args:
        octets: octets per record
        seconds: pause after each record
    """

def tls_version_mismatch(
    only: Literal["1.0", "1.1", "1.2", "1.3"] = '1.0',
) -> Effect:
    """Supports only one version of TLS.

    Args:
        only: the version
    """

def stat_extra(
    text: str = 'messages in maildrop',
    gap: str = ' ',
) -> Effect:
    """Sends text after the numbers of STAT, or more than one space between them.

    Args:
        text: text after the numbers
        gap: separator between the numbers
    """

def stat_malformed(
    form: Literal["bare", "count", "words", "hash"] = 'count',
) -> Effect:
    """Omits a number from STAT, or replaces it with a word.

    Args:
        form: no numbers, no octets, a word as the count, or octets that are not a number
    """

def stat_negative_octets(
    octets: int = -1873210000,
) -> Effect:
    """Sends an octet count in STAT that is negative or overflows the client's integer.

    Args:
        octets: the octet count
    """

def stat_count_wrong(
    by: int = 1,
) -> Effect:
    """Counts more or fewer messages in STAT than in the listings.

    Args:
        by: difference to the true count; negative for fewer
    """

def list_empty_err(
    text: str = 'no messages',
) -> Effect:
    """Refuses LIST and UIDL if there are no messages.

    Args:
        text: text of the refusal
    """

def list_empty_no_dot() -> Effect:
    """Omits the final dot of LIST and UIDL if there are no messages."""

def list_status_noise(
    text: str = 'POP3 clients that break here, they violate STD53.',
    column: bytes | str = b'',
) -> Effect:
    """Sends a remark as the status line of LIST and UIDL, or an extra column in each line.

    Args:
        text: text of the status line, which may look like an entry
        column: the column at the end of each line
    """

def list_unordered() -> Effect:
    """Sends LIST and UIDL in descending order."""

def list_duplicate_number(
    number: int = 1,
    form: Literal["repeated", "renumbered"] = 'repeated',
) -> Effect:
    """Lists a message number twice in LIST and UIDL.

    Args:
        number: the message number
        form: the line comes twice, or the next message has the same number
    """

def list_bogus_lines(
    lines: bytes | str = b'0 5|-1 5|99999999999 5|1|1 ten|abc|',
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Lists impossible messages in LIST and UIDL, or lines that are not entries.

    Args:
        lines: the lines, separated by |; "1 -1" is the line of Post Office/NT
        at: where the lines are in the listing
    """

def list_arg_ignored() -> Effect:
    """Ignores the message number in LIST and UIDL and lists all messages."""

def list_cut(
    verb: Literal["LIST", "UIDL"] = 'UIDL',
    after: int = 1,
    then: Literal["close", "reset", "silence"] = 'close',
) -> Effect:
    """Breaks a listing off after some lines.

    Args:
        verb: the listing
        after: number of lines sent
        then: how the reply ends
    """

def stat_zero_transient(
    sessions: int | Iterable[int] = (2,),
) -> Effect:
    """Shows an empty maildrop in some of a user's sessions.

    Args:
        sessions: the user's sessions with an empty maildrop
    """

def list_empty() -> Effect:
    """Shows an empty maildrop: the dot is the first line of LIST and UIDL."""

def list_gaps(
    numbers: int | Iterable[int] = (2,),
) -> Effect:
    """Skips message numbers as if those messages did not exist.

    Args:
        numbers: skipped message numbers, as of the user's first session
    """

def list_window(
    count: int = 265,
    which: Literal["oldest", "newest"] = 'oldest',
) -> Effect:
    """Shows only part of the maildrop in each session.

    Args:
        count: maximum number of messages
        which: the first or the last messages
    """

def list_huge(
    entries: int = 100000,
) -> Effect:
    """Pads the maildrop with a huge number of small messages.

    Args:
        entries: total number of messages
    """

def maildrop_grows(
    after: Literal["UIDL", "LIST", "STAT"] = 'UIDL',
    count: int = 1,
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Adds messages during the session, which may renumber the others.

    Args:
        after: the command after which messages arrive
        count: number of messages that arrive late
        at: whether the first or the last arrive late
    """

def maildrop_shifts_between_sessions(
    number: int = 1,
    session: int = 2,
) -> Effect:
    """Removes a message between two sessions, which renumbers the messages after it.

    Args:
        number: number of the message
        session: the user's first session without the message
    """

def expunged_mid_session(
    number: int = 1,
    text: str = 'Message expunged.',
    drop: int = 0,
) -> Effect:
    """Lists a message but refuses RETR, TOP and DELE as if another client had deleted it.

    Args:
        number: number of the message, independent of the rule's condition
        text: text of the refusal
        drop: the refusal that also closes the connection; 0 for none
    """

def uidl_unsupported() -> Effect:
    """Rejects UIDL as an unknown command."""

def uidl_fails_temporarily(
    sessions: int | Iterable[int] = (2,),
    text: str = 'unique-ids are not available now',
) -> Effect:
    """Lists UIDL in CAPA but refuses it in some of a user's sessions.

    Args:
        sessions: the user's sessions without UIDL
        text: text of the refusal
    """

def uidl_duplicate(
    numbers: int | Iterable[int] = (1, 2),
    uid: bytes | str = b'the-same',
) -> Effect:
    """Gives several messages the same unique-id.

    Args:
        numbers: numbers of the messages in the user's first session
        uid: the shared unique-id
    """

def uidl_empty(
    numbers: int | Iterable[int] = (1,),
    form: Literal["space", "bare"] = 'space',
) -> Effect:
    """Omits the unique-ids of messages.

    Args:
        numbers: numbers of the messages in the user's first session
        form: whether a space follows the number
    """

def uidl_separator(
    gap: bytes | str = b'   ',
    before: bytes | str = b'',
    after: bytes | str = b'',
) -> Effect:
    """Sends several spaces or a tab before the unique-id, or extra octets around the line.

    Args:
        gap: separator between number and unique-id
        before: octets before the number
        after: octets after the unique-id
    """

def uidl_inner_space(
    tail: bytes | str = b'uid',
) -> Effect:
    """Sends unique-ids that contain a space.

    Args:
        tail: octets after the space
    """

def uidl_ok_prefix() -> Effect:
    """Starts each line of the list with +OK."""

def uidl_single_form(
    form: Literal["bare", "other"] = 'bare',
    number: int = 99,
) -> Effect:
    """Omits the message number in the reply to UIDL for one message, or sends a wrong number.

    Args:
        form: no number, or a wrong number
        number: the wrong number
    """

def uidl_long(
    octets: int = 1000,
) -> Effect:
    """Sends unique-ids longer than 70 characters that start with the same characters.

    Args:
        octets: length of each unique-id
    """

def uidl_8bit(
    octets: bytes | str = b'\xe9\xff\x80',
) -> Effect:
    """Sends unique-ids that contain 8-bit octets, which are not valid UTF-8.

    Args:
        octets: octets at the start of each unique-id
    """

def uidl_hostile_chars(
    form: Literal["path", "absolute", "slash", "format", "quotes", "semicolon", "nul", "escape", "cr", "dot", "deep", "alike"] = 'path',
) -> Effect:
    """Sends paths, format strings, escape sequences or the like as unique-ids.

    Args:
        form: content of the unique-ids; alike: a/b for message 1, a-b for message 2
    """

def uidl_case_only(
    numbers: int | Iterable[int] = (1, 2),
) -> Effect:
    """Sends two unique-ids that differ only in case.

    Args:
        numbers: numbers of the messages in the user's first session
    """

def uidl_ambiguous(
    numbers: int | Iterable[int] = (1, 2),
    uid: bytes | str = b'123',
) -> Effect:
    """Joins two numbers into each unique-id without a separator: both 1,23 and 12,3 become 123.

    Args:
        numbers: numbers of the messages in the user's first session
        uid: the shared unique-id
    """

def uidl_dot_line(
    number: int = 1,
    stuffed: bool = True,
) -> Effect:
    """Starts a line of the list with a dot.

    Args:
        number: number of the message
        stuffed: whether the dot is doubled (byte-stuffed)
    """

def uidl_list_mismatch(
    form: Literal["fewer", "shifted"] = 'fewer',
) -> Effect:
    """Lists fewer or other messages in UIDL than in LIST.

    Args:
        form: the last message is missing, or each number is one too high
    """

def uidl_all_changed(
    sessions: int | Iterable[int] = (2,),
    prefix: str = 'moved-',
) -> Effect:
    """Changes all unique-ids at the start of some of a user's sessions.

    Args:
        sessions: the user's sessions that start with a change
        prefix: prefix of the changed unique-ids
    """

def uidl_format_changes(
    session: int = 2,
    before: Literal["decimal", "hex", "UIDn", "UIDn-UIDV", "validity.uid", "validity-uid"] = 'decimal',
    after: Literal["decimal", "hex", "UIDn", "UIDn-UIDV", "validity.uid", "validity-uid"] = 'UIDn-UIDV',
    validity: int = 1,
) -> Effect:
    """Changes the format of unique-ids from some session on.

    Args:
        session: the user's first session with the new format
        before: the old format
        after: the new format
        validity: the maildrop's validity number in the unique-ids
    """

def uidl_reused() -> Effect:
    """Gives a new message the unique-id of a deleted message."""

def uidl_shrinks(
    sessions: int | Iterable[int] = (2,),
    count: int = 1,
) -> Effect:
    """Omits the last messages in some of a user's sessions.

    Args:
        sessions: the user's sessions without the last messages
        count: number of omitted messages
    """

def retr_err_one(
    number: int = 1,
    text: str = 'RETR command did not succeed',
) -> Effect:
    """Lists a message but rejects RETR and TOP for it.

    Args:
        number: message to reject, by its number in the first session; conditions do not choose it
        text: text of the -ERR reply
    """

def retr_ok_then_err(
    octets: int = 64,
    form: Literal["no-dot", "dot"] = 'no-dot',
    text: str = 'internal error',
) -> Effect:
    """Answers RETR with +OK and part of the message, then with -ERR.

    Args:
        octets: octets of the message to send, counted on the wire
        form: whether the final dot precedes -ERR
        text: text of the -ERR reply
    """

def retr_truncated_dot(
    octets: int = 64,
) -> Effect:
    """Sends only the beginning of a message, then the dot as if the message were complete.

    Args:
        octets: octets of the message to send
    """

def retr_cut_fin(
    octets: int = 64,
) -> Effect:
    """Closes the connection in the middle of a message.

    Args:
        octets: octets of the message to send, counted on the wire
    """

def retr_cut_rst(
    octets: int = 64,
) -> Effect:
    """Resets the connection in the middle of a message.

    Args:
        octets: octets of the message to send, counted on the wire
    """

def retr_drop_after_dot(
    then: Literal["close", "reset"] = 'close',
) -> Effect:
    """Ends the connection right after a message.

    Args:
        then: how the connection ends
    """

def retr_no_reply() -> Effect:
    """Does not answer RETR."""

def retr_wrong_message(
    message: int = 2,
) -> Effect:
    """Answers RETR with a different message.

    Args:
        message: number of the message to send
    """

def double_ok(
    verb: Literal["USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "QUIT", "CAPA", "STLS", "AUTH", "UTF8", "LANG"] = 'TOP',
) -> Effect:
    """Sends the +OK status line twice.

    Args:
        verb: command with the repeated status line
    """

def blank_line_reply() -> Effect:
    """Answers RETR with an empty line instead of a status line and a message."""

def proxy_rewrite(
    header: bytes | str = b'X-Antivirus: scanned',
    footer: bytes | str = b'-- No virus found in this message.',
    attachment: str = '',
    user: Literal["as-is", "user/host", "user#host", "host:user"] = 'as-is',
) -> Effect:
    """Adds a header field and a footer to messages without adjusting their sizes.

    Args:
        header: line to add before the message
        footer: line to add after the message
        attachment: text that replaces each attachment in messages up to 8 MiB; empty: keep attachments
        user: how USER must name the user and the server
    """

def top_unsupported() -> Effect:
    """Does not implement TOP."""

def top_returns_all(
    lines: Literal["none", "any"] = 'none',
) -> Effect:
    """Sends the whole message when TOP asks for no body lines.

    Args:
        lines: line counts that return the whole message
    """

def top_line_count_wrong(
    lines: int = 1,
    octets: int = 0,
) -> Effect:
    """Sends a fixed number of body lines for TOP, or truncates the reply.

    Args:
        lines: body lines to send; -1: as many as requested
        octets: octets to send before truncating; 0: no truncation
    """

def top_marks_seen(
    how: Literal["hide", "delete"] = 'hide',
) -> Effect:
    """Marks messages as seen after TOP: later sessions omit them, or QUIT deletes them.

    Args:
        how: whether later sessions hide them or QUIT deletes them
    """

def top_differs_from_retr(
    header: bytes | str = b'Status: RO',
) -> Effect:
    """Adds a header field to TOP that RETR does not send.

    Args:
        header: header field to add
    """

def baseline_dots(
    number: int = 1,
) -> Effect:
    """Serves a message whose body starts and ends with lines of dots.

    Args:
        number: message to change, by its number in the first session
    """

def no_header_separator(
    number: int = 1,
) -> Effect:
    """Serves a message that has a header only, without an empty line after it.

    Args:
        number: message to change, by its number in the first session
    """

def empty_message(
    number: int = 1,
) -> Effect:
    """Serves a message of 0 octets.

    Args:
        number: message to change, by its number in the first session
    """

def broken_headers(
    form: Literal["continuation", "from", "quoted-from", "no-colon", "long", "spaces"] = 'continuation',
    number: int = 1,
) -> Effect:
    """Serves a message whose first line is not a valid header field.

    Args:
        form: type of invalid line
        number: message to change, by its number in the first session
    """

def nul_bytes(
    at: Literal["start", "header", "body", "status"] = 'body',
    number: int = 1,
) -> Effect:
    """Puts a NUL into a message, or into the status line of RETR.

    Args:
        at: position of the NUL
        number: message to change, by its number in the first session
    """

def long_line(
    octets: int = 10000,
    dots: int = 0,
    number: int = 1,
) -> Effect:
    """Serves a message that ends with a very long line.

    Args:
        octets: length of the line
        dots: interval in octets between dots in the line; 0: no dots
        number: message to change, by its number in the first session
    """

def pseudo_message() -> Effect:
    """Lists a mail folder's internal data as the first message."""

def bulletins(
    count: int = 1,
) -> Effect:
    """Lists announcements after the messages in a user's first session.

    Args:
        count: number of announcements
    """

def utf8_wrapped() -> Effect:
    """Attaches a message with a UTF-8 header to a notice, unless the client sent UTF8."""

def lf_only(
    part: Literal["all", "status", "body", "terminator"] = 'all',
) -> Effect:
    """Ends lines with LF instead of CRLF.

    Args:
        part: lines to change
    """

def mixed_eol(
    number: int = 1,
    stuffed: bool = True,
) -> Effect:
    """Serves a message that contains bare CR, bare LF, CR CR LF and LF CR.

    Args:
        number: message to change, by its number in the first session
        stuffed: whether a dot after a bare LF is doubled
    """

def no_final_newline() -> Effect:
    """Sends the final dot on the last line of a message instead of a line of its own."""

def terminator_short(
    form: Literal["cr", "dot"] = 'cr',
    then: Literal["go-on", "silence", "close"] = 'silence',
) -> Effect:
    """Sends the final dot without a complete line ending.

    Args:
        form: whether CR follows the dot, or nothing
        then: whether the session goes on, falls silent or closes
    """

def terminator_trailing_junk(
    form: Literal["line", "space"] = 'line',
) -> Effect:
    """Sends an empty line or a space after the final dot of a message.

    Args:
        form: extra text: an empty line or a space
    """

def no_stuffing(
    verb: Literal["both", "RETR", "TOP"] = 'both',
) -> Effect:
    """Does not double dots at the beginning of lines.

    Args:
        verb: commands to affect
    """

def over_stuffing(
    form: Literal["twice", "everywhere"] = 'twice',
) -> Effect:
    """Doubles dots at the beginning of lines twice, or doubles all dots.

    Args:
        form: dots at line starts or all dots
    """

def extra_blank_line() -> Effect:
    """Sends an extra empty line before the final dot of a message."""

def blank_lines_inserted(
    line: int = 1,
) -> Effect:
    """Inserts an empty line into the header of messages, so the body begins too early.

    Args:
        line: number of header lines before the empty line
    """

def split_stuffed_dot(
    gap: float = 0.25,
) -> Effect:
    """Sends a doubled dot in two pieces.

    Args:
        gap: delay between pieces
    """

def split_terminator(
    at: Literal["all", "1", "2", "3", "4"] = 'all',
    gap: float = 0.25,
) -> Effect:
    """Sends the CRLF, dot, CRLF that ends a reply in pieces.

    Args:
        at: number of its octets before the cut; all: cut at each
        gap: delay between pieces
    """

def coalesced(
    close: bool = False,
) -> Effect:
    """Sends the whole reply to RETR or TOP in one piece.

    Args:
        close: whether the connection closes with the reply
    """

def byte_dribble(
    gap: float = 0.0,
) -> Effect:
    """Sends each octet of the session in a piece of its own.

    Args:
        gap: delay between pieces
    """

def size_lf() -> Effect:
    """Counts each line ending as one octet in sizes."""

def size_estimate(
    factor: float = 0.5,
    multiple: int = 1,
) -> Effect:
    """Estimates sizes by multiplying them, or rounds them up.

    Args:
        factor: factor to multiply sizes by
        multiple: sizes are rounded up to a multiple of this number
    """

def size_zero(
    numbers: int | Iterable[int] = (),
    form: Literal["zero", "missing"] = 'zero',
) -> Effect:
    """Reports sizes of 0, or omits sizes from LIST.

    Args:
        numbers: messages to change; all if empty
        form: whether the size is 0 or missing
    """

def size_huge(
    octets: int = 4294967400,
    numbers: int | Iterable[int] = (),
) -> Effect:
    """Reports sizes too large for the client's integers.

    Args:
        octets: size to report
        numbers: messages to change; all if empty
    """

def size_negative(
    octets: int = -1,
    numbers: int | Iterable[int] = (),
) -> Effect:
    """Reports negative sizes.

    Args:
        octets: size to report
        numbers: messages to change; all if empty
    """

def retr_octets_lie(
    octets: int = 120,
) -> Effect:
    """Reports a wrong size in the status line of RETR.

    Args:
        octets: size to report
    """

def size_varies(
    by: int = 7,
) -> Effect:
    """Reports a different size of each message in each session.

    Args:
        by: octets added to the size in each session
    """

def dele_ignored() -> Effect:
    """Accepts DELE and QUIT but deletes nothing; the next session lists the messages again."""

def counts_after_dele(
    deleted: Literal["hidden", "counted"] = 'hidden',
) -> Effect:
    """Omits deleted messages from STAT, LIST and UIDL, or counts them until QUIT.

    Args:
        deleted: hidden as the RFC requires, or counted until QUIT
    """

def dele_err(
    text: str = 'the maildrop is read-only',
) -> Effect:
    """Rejects DELE and does not mark the message.

    Args:
        text: text of the -ERR reply
    """

def dele_drop(
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection at DELE and deletes nothing.

    Args:
        how: how the connection ends: FIN or RST
    """

def rset_side_effects(
    form: Literal["err", "uids"] = 'err',
    text: str = 'RSET failed',
) -> Effect:
    """Rejects RSET, or obeys it and changes all unique-ids.

    Args:
        form: whether RSET is rejected or changes the unique-ids
        text: text of the -ERR reply
    """

def quit_err(
    removes: Literal["none", "some", "all"] = 'some',
    text: str = 'some deleted messages not removed',
) -> Effect:
    """Answers QUIT with -ERR and removes some, none or all of the deleted messages.

    Args:
        removes: deleted messages to remove
        text: text of the -ERR reply
    """

def quit_ok_but_failed(
    text: str = 'Signing off, but message deletion failed',
) -> Effect:
    """Answers QUIT with +OK but deletes nothing.

    Args:
        text: text of the +OK reply
    """

def quit_no_reply(
    commits: bool = True,
) -> Effect:
    """Sends no reply to QUIT and keeps the connection open.

    Args:
        commits: whether deleted messages are removed
    """

def quit_eof(
    commits: bool = True,
) -> Effect:
    """Closes the connection at QUIT without a reply.

    Args:
        commits: whether deleted messages are removed
    """

def quit_slow(
    seconds: float = 60.0,
) -> Effect:
    """Removes the deleted messages at QUIT but delays the reply.

    Args:
        seconds: delay before the reply
    """

def quit_unknown_commit(
    commits: bool = True,
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection between QUIT and its reply.

    Args:
        commits: whether deleted messages are removed
        how: how the connection ends: FIN or RST
    """

def rollback_on_drop(
    deletes: int = 0,
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection after DELE, before QUIT takes effect, and deletes nothing.

    Args:
        deletes: number of DELE commands before the connection ends; 0: it ends at QUIT
        how: how the connection ends: FIN or RST
    """

def dele_to_trash() -> Effect:
    """Stops listing deleted messages but keeps them in the store."""

def retr_implies_delete(
    how: Literal["hide", "delete"] = 'hide',
    recent: str = '',
) -> Effect:
    """Hides or deletes retrieved messages after QUIT; RSET spares them.

    Args:
        how: whether later sessions hide the messages or QUIT deletes them
        recent: user name prefix, such as recent: for Gmail, that lists hidden messages again
    """

def commit_on_drop() -> Effect:
    """Removes deleted messages even if the connection is lost before QUIT."""

def delayed_commit(
    seconds: float = 600.0,
) -> Effect:
    """Lists deleted messages again in sessions that begin soon after QUIT.

    Args:
        seconds: delay between QUIT and the removal
    """

def expire(
    sessions: int = 1,
) -> Effect:
    """Deletes messages after listing them in a number of sessions.

    Args:
        sessions: number of sessions that list a message
    """

def login_delay(
    seconds: float = 900.0,
    form: Literal["code", "hotmail", "limit", "close"] = 'code',
    text: str = '',
) -> Effect:
    """Rejects a login that follows the user's last login too soon.

    Args:
        seconds: minimum time between two logins
        form: style of the -ERR reply; close: the connection closes instead
        text: text of the -ERR reply; empty: the text of the form
    """

def duplicate_login(
    seconds: float = 60.0,
    form: Literal["sina", "qq"] = 'sina',
    text: str = '',
) -> Effect:
    """Rejects a login soon after the user's last login, in a provider's own words.

    Args:
        seconds: minimum time between two logins
        form: provider whose text is used
        text: text of the -ERR reply; empty: the text of the form
    """

def in_use(
    logins: int = 1,
    form: Literal["code", "uw", "hmailserver", "popper", "mdaemon"] = 'code',
    text: str = '',
) -> Effect:
    """Rejects the user's first logins because another session holds the maildrop.

    Args:
        logins: number of logins to reject; 0: all
        form: style of the -ERR reply: with a response code, or a server's text
        text: text of the -ERR reply; empty: the text of the form
    """

def lock_lingers(
    seconds: float = 600.0,
    form: Literal["code", "uw", "hmailserver", "popper", "mdaemon"] = 'code',
    text: str = '',
) -> Effect:
    """Keeps the maildrop locked for a time after a session without QUIT.

    Args:
        seconds: time that the maildrop stays locked
        form: style of the -ERR reply: with a response code, or a server's text
        text: text of the -ERR reply; empty: the text of the form
    """

def download_quota(
    messages: int = 10,
    octets: int = 0,
    seconds: float = 0.0,
    text: str = '',
) -> Effect:
    """Rejects RETR after a number of messages or octets.

    Args:
        messages: number of messages allowed; 0: no limit
        octets: number of octets allowed; 0: no limit
        seconds: period of a user's quota; 0: each session has its own
        text: text of the -ERR reply; empty: `Download exceed. msg=...`
    """

def session_cap(
    messages: int = 49,
    commands: int = 0,
    seconds: float = 0.0,
    how: Literal["close", "reset"] = 'close',
) -> Effect:
    """Closes the connection after a number of messages, commands or seconds.

    Args:
        messages: number of messages allowed; 0: no limit
        commands: number of commands allowed; 0: no limit
        seconds: length of the session allowed; 0: no limit
        how: how the connection ends: FIN or RST
    """

def idle_short(
    seconds: float = 60.0,
    form: Literal["line", "close"] = 'line',
    text: str = 'Autologout; idle for too long',
) -> Effect:
    """Closes idle connections sooner than the ten minutes of RFC 1939.

    Args:
        seconds: idle time before the connection closes
        form: line: an unsolicited -ERR and FIN; close: a silent FIN
        text: text of the -ERR reply
    """

def too_many_connections(
    most: int = 50,
    at: Literal["greeting", "connect", "login"] = 'greeting',
    text: str = 'Too many open connections',
) -> Effect:
    """Rejects connections or logins while too many sessions are open.

    Args:
        most: number of connections or logins allowed at once
        at: rejection in the greeting, by closing before it, or at login
        text: text of the -ERR reply
    """

def session_stolen(
    text: str = 'Received Kiss of Death',
) -> Effect:
    """Ends a user's session with an unsolicited -ERR as soon as the user logs in again.

    Args:
        text: text of the -ERR reply
    """

def bad_command_limit(
    commands: int = 3,
    text: str = 'Too many bad commands.',
) -> Effect:
    """Ends the session after a set number of unknown commands.

    Args:
        commands: number of unknown commands that ends the session
        text: text of the -ERR reply
    """

def line_limit(
    octets: int = 255,
    text: str = 'Input line too long.',
) -> Effect:
    """Ends the session when a command line is too long.

    Args:
        octets: longest line allowed, including CRLF
        text: text of the -ERR reply
    """

def strict_parser(
    case: bool = True,
    lf: Literal["err", "silence", "taken"] = 'err',
    spaces: bool = True,
) -> Effect:
    """Rejects lower-case verbs, lines that end in LF alone, and extra spaces.

    Args:
        case: whether lower-case verbs are rejected
        lf: whether LF alone causes -ERR, causes no reply, or is accepted
        spaces: whether extra spaces before an argument or after a bare verb are rejected
    """

def pipelining_drops(
    how: Literal["drops", "interleaves"] = 'drops',
) -> Effect:
    """Answers only the first of several pipelined commands, or interleaves their replies.

    Args:
        how: whether later commands are dropped or replies interleave
    """

def slow_first_byte(
    seconds: float = 45.0,
) -> Effect:
    """Waits before it sends a message.

    Args:
        seconds: from RETR or TOP to the first octet
    """

def slow_dribble(
    seconds: float = 1.0,
    count: int = 1,
    unit: Literal["octets", "lines"] = 'octets',
) -> Effect:
    """Sends multi-line replies a few octets or lines at a time, never with a long gap.

    Args:
        seconds: pause after each piece
        count: units per piece
        unit: unit of count
    """

def stall_after_status() -> Effect:
    """Sends nothing after the +OK of a multi-line reply."""

def tarpit_every_command(
    seconds: float = 10.0,
) -> Effect:
    """Waits before each reply.

    Args:
        seconds: pause before each reply
    """

def rst_at_command(
    verbs: str | Iterable[str] = ('RETR',),
) -> Effect:
    """Resets the connection (RST) on these commands, without obeying them.

    Args:
        verbs: the commands
    """

def connect_refused(
    family: Literal["any", "ipv4", "ipv6"] = 'any',
) -> Effect:
    """Resets each connection on accept, the closest an open port comes to a closed one.

    Args:
        family: only clients that connect over this protocol
    """

def connect_blackhole(
    family: Literal["any", "ipv4", "ipv6"] = 'any',
) -> Effect:
    """Accepts each connection, then sends nothing, not even TLS.

    Args:
        family: only clients that connect over this protocol
    """

def noop_unsupported(
    form: Literal["err", "close"] = 'err',
) -> Effect:
    """Refuses NOOP, or closes the connection on it.

    Args:
        form: err: refuses it; close: closes the connection
    """

def status_8bit(
    form: Literal["gbk", "latin-1", "utf-8", "broken"] = 'gbk',
) -> Effect:
    """Sends status lines whose texts are not ASCII.

    Args:
        form: the character set; broken: invalid UTF-8
    """

def status_terminal_escapes(
    form: Literal["title", "clear", "bell", "backspace"] = 'title',
) -> Effect:
    """Puts terminal control sequences into the greeting and the texts of -ERR.

    Args:
        form: sets the title, clears the screen, rings the bell, or goes back to overwrite text
    """

def utf8_mode(
    answer: Literal["ok", "err"] = 'ok',
) -> Effect:
    """Lists UTF8 USER in CAPA, and accepts or refuses UTF8.

    Args:
        answer: how the command is answered
    """

def lang(
    answer: Literal["ok", "err"] = 'ok',
    languages: str | Iterable[str] = ('en English', 'de Deutsch', 'i-default Default'),
) -> Effect:
    """Lists LANG in CAPA, and knows these languages or refuses LANG.

    Args:
        answer: how the command is answered
        languages: the languages, each a tag and a name
    """

def raw_8bit_mail() -> Effect:
    """Adds a header and a last line to each message, with all octets except NUL, CR and LF."""

def typo_plus_err() -> Effect:
    """Sends +ERR instead of -ERR."""

def status_case() -> Effect:
    """Sends +ok and -err in lower case."""

def status_garbage(
    form: Literal["no-sign", "plus", "number", "tab", "lf"] = 'no-sign',
) -> Effect:
    """Begins status lines with neither +OK nor -ERR.

    Args:
        form: without the sign, only +, `500 error`, a tab in front, or a single LF
    """

def status_long(
    octets: int = 513,
) -> Effect:
    """Pads status lines to a given length; RFC 2449 section 4 allows 512 octets.

    Args:
        octets: length of a status line with its CRLF
    """

def resp_code_odd(
    code: str = '[X-FOO/BAR]',
) -> Effect:
    """Sends -ERR with a response code that no RFC defines, or with a malformed one.

    Args:
        code: the code as sent: [sys/temp], [IN-USE], an unclosed [ ...
    """

def misleading_words(
    form: Literal["lock", "rude", "bunny"] = 'lock',
    codes: bool = False,
) -> Effect:
    """Reports a wrong password as a lock, or rudely, and a lock without the usual words.

    Args:
        form: the words for a wrong password
        codes: whether response codes tell the truth
    """

def single_for_multi(
    verbs: str | Iterable[str] = ('LIST', 'UIDL'),
) -> Effect:
    """Answers these commands with a status line only, where a list is due.

    Args:
        verbs: the commands to answer like this
    """

def multi_for_single(
    verbs: str | Iterable[str] = ('DELE', 'NOOP'),
    text: str = 'and this is more',
) -> Effect:
    """Answers these commands with more lines and a dot, where one line is due.

    Args:
        verbs: the commands to answer like this
        text: the line between the status line and the dot
    """

def error_with_body(
    text: str = 'and this is more',
) -> Effect:
    """Sends a line and a dot after -ERR.

    Args:
        text: the line between the status line and the dot
    """

def continuation_anywhere(
    verbs: str | Iterable[str] = ('USER', 'STAT'),
    text: str = '',
) -> Effect:
    """Answers these commands with `+ `, which only AUTH may use.

    Args:
        verbs: the commands to answer like this
        text: the text after the plus
    """

def wording(
    verb: str,
    text: str,
    err: bool = False,
    code: str = '',
    charset: str = 'utf-8',
) -> Effect:
    """Replaces the text after +OK or -ERR in the reply to a command.

    Args:
        verb: the command, or GREETING
        text: the text, with fields such as {n}; empty for none
        err: whether it is the text of -ERR
        code: only for -ERR with this response code
        charset: the character set of the text; ? replaces characters that it lacks
    """

def capa_lines(
    lines: str | Iterable[str],
    state: Literal["any", "before", "tls", "after"] = 'any',
) -> Effect:
    """Lists these lines in CAPA, whether true or not.

    Args:
        lines: the lines, with commas; {sasl} and {stls} stand for this server's own
        state: before: before login without TLS; tls: before login under TLS; after: after login
    """

def extra_command(
    verb: str,
    reply: str,
    state: Literal["any", "before", "after"] = 'any',
) -> Effect:
    """Adds a command with a fixed reply, whatever its arguments.

    Args:
        verb: the command
        reply: the reply; further lines make it a list
        state: before login, after it, or both
    """

def unknown_command(
    text: str,
) -> Effect:
    """Replaces the text after -ERR in the reply to unknown commands.

    Args:
        text: the text, with fields such as {verb}; empty for none
    """

def last_command(
    rset: Literal["start", "zero"] = 'start',
    remembers: bool = True,
) -> Effect:
    """Answers LAST with the highest number of a message sent, including earlier sessions.

    Args:
        rset: whether RSET restores the value from the start of the session or sets 0
        remembers: whether earlier sessions count
    """

def uid_form(
    form: Literal["hex16", "uw", "decimal", "cyrus", "cyrus-dash", "stalwart", "courier", "courier-uid", "zimbra", "popa3d", "token"],
    first: int = 1,
) -> Effect:
    """Sends unique-ids in the form of a named server's, the same in each session.

    Args:
        form: the server
        first: the number of the first message, if the form has numbers
    """
