# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect

def rfc1939_commands() -> Effect:
    """The commands of RFC 1939 and no others: CAPA, AUTH, STLS ... are unknown."""

def minimal_commands() -> Effect:
    """No APOP, TOP and UIDL, which RFC 1939 leaves to the server."""

def apop_only() -> Effect:
    """USER is refused; only APOP logs in."""

def perl_split() -> Effect:
    """Lines are cut at white space: tabs, blanks at the end and words too many are let pass; of USER and PASS all that follows is the argument."""

def list_at_greeting() -> Effect:
    """The messages are those of the greeting, or of the login if a session ended in between."""

def user_then_pass() -> Effect:
    """A second USER in a row is a failed login: refused, and the first is forgotten."""

def rset_one() -> Effect:
    """RSET with a number takes the mark from that message only."""

def top_whole() -> Effect:
    """TOP without a count sends the whole message."""

def break_command() -> Effect:
    """BREAK, in any state, closes the connection without a reply; nothing is deleted."""

def exit_command() -> Effect:
    """EXIT gets no reply; the next QUIT, in this session or a later one, shuts the server down."""

def extra_crlf() -> Effect:
    """A CRLF more stands before the dot that ends a message."""

def crlf_for_empty() -> Effect:
    """An empty message is sent as one empty line."""

def autodelete() -> Effect:
    """A message sent whole, by RETR or by TOP without a count, is deleted at QUIT."""

def bare_status(
    verbs: str | Iterable[str] = (),
) -> Effect:
    """The greeting and simple replies are exactly +OK or -ERR, without a space and text.

    verbs: whose replies: all if empty; GREETING is one
    """

def greeting_odd_text(
    kind: Literal["decorated", "hello", "base64", "xclient", "half-stamp"] = 'decorated',
    text: str = '',
    stamp: Literal["yes", "no"] = 'no',
) -> Effect:
    """Greets with a text that clients stumble over.

    kind: which text
    text: another text, in place of a kind
    stamp: whether the timestamp of APOP stands behind it
    """

def greeting_apop_fake(
    place: Literal["end", "front", "inside"] = 'end',
    octets: Literal["plain", "unprintable"] = 'plain',
    text: str = 'unknown command',
) -> Effect:
    """Greets with a timestamp, as if there were APOP, but refuses it.

    place: where it stands
    octets: what is within its brackets
    text: of the refusal
    """

def greeting_err(
    text: str = 'the server is too busy, try again later',
    code: str = '',
) -> Effect:
    """Greets with -ERR and closes the connection.

    text: behind -ERR
    code: the response code: SYS/TEMP, SYS/PERM, IN-USE
    """

def greeting_drop(
    how: Literal["fin", "reset"] = 'fin',
    banner: Literal["yes", "no"] = 'yes',
) -> Effect:
    """Closes the connection as soon as it has greeted, or before.

    how: how it closes
    banner: whether it greets before
    """

def greeting_silent() -> Effect:
    """Accepts the connection and never says a word."""

def greeting_slow(
    seconds: float = 30.0,
) -> Effect:
    """Greets after a while: reverse DNS, ident, a tarpit.

    seconds: until it greets
    """

def greeting_wrong_protocol(
    kind: Literal["imap", "smtp", "http", "tls", "tls-data"] = 'imap',
) -> Effect:
    """Greets as a server of another protocol does, or with TLS records before the text.

    kind: which protocol
    """

def greeting_glued(
    kind: Literal["status", "listing", "capa"] = 'status',
    octets: bytes | str = b'',
) -> Effect:
    """More lines follow the greeting in the same packet.

    kind: which lines
    octets: others, in place of a kind
    """

def capa_unsupported() -> Effect:
    """CAPA is an unknown command."""

def capa_kills_connection(
    after_login: Literal["yes", "no"] = 'no',
    reply: Literal["yes", "no"] = 'no',
) -> Effect:
    """Closes the connection at CAPA.

    after_login: whether only after login
    reply: whether -ERR is said before
    """

def capa_understates(
    words: str | Iterable[str] = ('UIDL',),
) -> Effect:
    """Does not list what is there.

    words: capabilities and SASL mechanisms that are left out
    """

def capa_overstates(
    line: str = 'UIDL',
    text: str = 'unknown command',
) -> Effect:
    """Lists a capability whose command is refused, or that means nothing.

    line: as it is listed; its first word is refused
    text: of the refusal
    """

def capa_empty(
    kind: Literal["nothing", "blank"] = 'nothing',
) -> Effect:
    """Lists nothing, or empty lines between the others.

    kind: what is listed
    """

def capa_odd_lines(
    kind: Literal["all", "words", "expire", "bare-sasl", "tabs", "lower", "twice", "dot", "8-bit", "many"] = 'all',
) -> Effect:
    """Lists lines that no RFC knows, or knows otherwise.

    kind: which lines
    """

def capa_changes(
    before: str | Iterable[str] = ('UIDL', 'PIPELINING'),
    tls: str | Iterable[str] = ('UIDL', 'PIPELINING'),
    after: str | Iterable[str] = ('SASL', 'USER'),
) -> Effect:
    """Lists other capabilities before TLS, under TLS, and after login.

    before: left out before TLS and login
    tls: left out under TLS, before login
    after: left out after login
    """

def capa_split(
    seconds: float = 0.1,
) -> Effect:
    """Sends the final dot of the list in a packet, or TLS record, of its own.

    seconds: between the two
    """

def auth_fail_disconnect(
    reply: Literal["yes", "no"] = 'yes',
) -> Effect:
    """Closes the connection when a login fails.

    reply: whether -ERR is said before
    """

def auth_fail_slow(
    seconds: float = 5.0,
) -> Effect:
    """Says only after a while that a login has failed.

    seconds: until it says so
    """

def auth_fail_temporary(
    text: str = 'mail storage services unavailable, wait a few minutes',
    code: str = 'SYS/TEMP',
) -> Effect:
    """Refuses a login whose password is right, for now.

    text: behind -ERR
    code: the response code: SYS/TEMP, IN-USE, or none
    """

def auth_fail_permanent(
    text: str = 'Application-specific password required: https://example.com/app-passwords',
    code: str = 'AUTH',
) -> Effect:
    """Refuses a login whose password is right, until somebody does something about it.

    text: behind -ERR
    code: the response code: AUTH, SYS/PERM, or none
    """

def login_ok_then_refused(
    text: str = 'login allowed only every 15 minutes',
    close: Literal["yes", "no"] = 'yes',
    again: Literal["yes", "no"] = 'no',
) -> Effect:
    """Lets the user in, and refuses the first command after that.

    text: behind -ERR
    close: whether the connection is closed then
    again: whether the commands after it are refused, too
    """

def user_refused(
    kind: Literal["unknown", "tls", "cleartext", "plaintext"] = 'unknown',
    text: str = '',
) -> Effect:
    """Refuses USER: an unknown user, or TLS is wanted first.

    kind: why
    text: what -ERR says, if not what the kind says
    """

def auth_plus_nospace() -> Effect:
    """An empty challenge is a plus without a space."""

def auth_plus_text(
    text: str = 'go ahead',
) -> Effect:
    """A challenge that says nothing has words in clear, not base64.

    text: behind the plus
    """

def auth_ok_instead_of_plus() -> Effect:
    """The first challenge is said as +OK, and a response is wanted all the same."""

def auth_no_ir(
    text: str = 'Protocol error. Connection is closed. 10',
    close: Literal["yes", "no"] = 'yes',
) -> Effect:
    """Refuses an initial response on the line of AUTH.

    text: behind -ERR
    close: whether the connection is closed then
    """

def auth_long_token(
    octets: int = 4096,
    text: str = 'Input line too long.',
    close: Literal["yes", "no"] = 'yes',
) -> Effect:
    """Refuses a line of AUTH, or a response, of more octets than this.

    octets: that a line may have, with its CRLF
    text: behind -ERR
    close: whether the connection is closed then
    """

def auth_oauth_error_continuation(
    status: str = '400',
    scope: str = 'https://mail.google.com/',
) -> Effect:
    """Says in a challenge why a token is refused, and -ERR only after one more line; all are.

    status: in the JSON of the challenge
    scope: in the JSON of the challenge
    """

def auth_mech_broken(
    mechanism: str = 'CRAM-MD5',
    how: Literal["fails", "refused", "drops"] = 'fails',
) -> Effect:
    """Offers a mechanism by which nobody can log in.

    mechanism: which one
    how: -ERR at its end, -ERR at once, or the connection is closed
    """

def auth_cmd_chokes(
    at: Literal["alone", "after-user"] = 'alone',
    how: Literal["list", "garbage", "close"] = 'list',
    mechanisms: str | Iterable[str] = (),
) -> Effect:
    """AUTH without a mechanism, or between USER and PASS, is answered as no RFC says.

    at: which AUTH
    how: what is said
    mechanisms: the list, if not of those that there are
    """

def auth_only(
    mechanisms: str | Iterable[str] = (),
) -> Effect:
    """AUTH takes no mechanisms but these, or none.

    mechanisms: which of those that there are; none if empty
    """

def scram_plus_end_point() -> Effect:
    """Offers SCRAM with -PLUS under TLS 1.3, too, where it can bind to the certificate only."""

def auth_list_only_unusable(
    mechanisms: str | Iterable[str] = ('NTLM',),
    user: Literal["yes", "no"] = 'no',
) -> Effect:
    """Offers only mechanisms that clients lack; those who have them are refused.

    mechanisms: what is offered
    user: whether there is USER besides
    """

def external_in_clear(
    user: str = 'user',
) -> Effect:
    """EXTERNAL is offered without TLS and without a certificate, and logs this user in.

    user: who logs in, whether the client names it or nobody
    """

def stls_refused(
    text: str = 'command not implemented',
) -> Effect:
    """STLS is listed, and refused.

    text: behind -ERR
    """

def stls_hidden(
    capa: Literal["answered", "refused"] = 'answered',
) -> Effect:
    """STLS is neither listed nor known, as if somebody had stripped it.

    capa: whether there is CAPA
    """

def stls_ok_silent() -> Effect:
    """Says +OK to STLS, and then nothing at all."""

def stls_ok_plaintext() -> Effect:
    """Says +OK to STLS, and goes on in clear."""

def stls_ok_close(
    how: Literal["fin", "reset", "alert"] = 'fin',
) -> Effect:
    """Says +OK to STLS, and closes the connection.

    how: how; alert: a TLS alert comes before
    """

def stls_tail(
    octets: bytes | str = b'+OK injected\r\n',
    withheld: int = 1,
) -> Effect:
    """Sends more octets in clear, in one packet with STLS's +OK, and holds back replies later.

    octets: what follows +OK
    withheld: how many replies under TLS are held back
    """

def tls_cert_bad(
    kind: Literal["expired", "not-yet-valid", "wrong-host", "self-signed", "unknown-ca", "nul-cn", "ip-san", "no-eku", "hostile-text"] = 'self-signed',
) -> Effect:
    """Has a certificate that no client may accept.

    kind: what is wrong with it
    """

def tls_abrupt_close(
    reply: Literal["sent", "lost"] = 'sent',
) -> Effect:
    """Closes connections under TLS without close_notify.

    reply: whether QUIT is answered before
    """

def tls_sni_required(
    otherwise: Literal["wrong-host", "alert"] = 'wrong-host',
) -> Effect:
    """A client that does not say which host it wants gets an alert, or another's certificate.

    otherwise: what it gets
    """

def tls_dribble(
    octets: int = 1,
    seconds: float = 0.0,
) -> Effect:
    """Sends each octet in a TLS record of its own, CR and LF, too.

    octets: in a record
    seconds: between two records
    """

def tls_version_mismatch(
    only: Literal["1.0", "1.1", "1.2", "1.3"] = '1.0',
) -> Effect:
    """Speaks one version of TLS only.

    only: which one
    """

def stat_extra(
    text: str = 'messages in maildrop',
    gap: str = ' ',
) -> Effect:
    """More stands behind the numbers of STAT, or more than a space between them.

    text: what stands behind
    gap: what stands between the numbers
    """

def stat_malformed(
    form: Literal["bare", "count", "words", "hash"] = 'count',
) -> Effect:
    """STAT lacks a number, or has a word in its place.

    form: no number, no octets, a word for the count, or octets that are no number
    """

def stat_negative_octets(
    octets: int = -1873210000,
) -> Effect:
    """The octets of STAT are negative, or more than a client's integer holds.

    octets: the sum that is told
    """

def stat_count_wrong(
    by: int = 1,
) -> Effect:
    """STAT counts more messages, or fewer, than are listed.

    by: how many more; fewer, if negative
    """

def list_empty_err(
    text: str = 'no messages',
) -> Effect:
    """LIST and UIDL are refused where there are no messages.

    text: the text of the refusal
    """

def list_empty_no_dot() -> Effect:
    """LIST and UIDL end without a dot where there are no messages."""

def list_status_noise(
    text: str = 'POP3 clients that break here, they violate STD53.',
    column: bytes | str = b'',
) -> Effect:
    """LIST and UIDL begin with a remark, which may look like an entry, or have a column more.

    text: the status line's
    column: what stands behind each line
    """

def list_unordered() -> Effect:
    """LIST and UIDL are in descending order."""

def list_duplicate_number(
    number: int = 1,
    form: Literal["repeated", "renumbered"] = 'repeated',
) -> Effect:
    """A number is there twice in LIST and UIDL.

    number: which
    form: its line comes twice, or the next message's has its number
    """

def list_bogus_lines(
    lines: bytes | str = b'0 5|-1 5|99999999999 5|1|1 ten|abc|',
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """LIST and UIDL have lines of messages that can't be, or that are no entries at all.

    lines: the lines, with | between them; "1 -1" is as Post Office/NT has it
    at: where in the listing
    """

def list_arg_ignored() -> Effect:
    """LIST and UIDL of one message list all."""

def list_cut(
    verb: Literal["LIST", "UIDL"] = 'UIDL',
    after: int = 1,
    then: Literal["close", "reset", "silence"] = 'close',
) -> Effect:
    """A listing breaks off after some lines.

    verb: which listing
    after: how many lines come
    then: what follows
    """

def stat_zero_transient(
    sessions: int | Iterable[int] = (2,),
) -> Effect:
    """In some of a user's sessions the maildrop is empty, and then it is as before.

    sessions: which of the user's sessions
    """

def list_empty() -> Effect:
    """The maildrop is empty: the dot is the first line of LIST and UIDL."""

def list_gaps(
    numbers: int | Iterable[int] = (2,),
) -> Effect:
    """Numbers are missing: those messages are not there.

    numbers: which, in the user's first session
    """

def list_window(
    count: int = 265,
    which: Literal["oldest", "newest"] = 'oldest',
) -> Effect:
    """A session sees only so many messages of all.

    count: how many messages
    which: the first or the last
    """

def list_huge(
    entries: int = 100000,
) -> Effect:
    """The maildrop has a great many messages, small ones behind those that there are.

    entries: how many messages in all
    """

def maildrop_grows(
    after: Literal["UIDL", "LIST", "STAT"] = 'UIDL',
    count: int = 1,
    at: Literal["start", "end"] = 'start',
) -> Effect:
    """Messages come within the session, and the others may move.

    after: behind which command
    count: how many of the messages come late
    at: which: the first or the last
    """

def maildrop_shifts_between_sessions(
    number: int = 1,
    session: int = 2,
) -> Effect:
    """From a session on a message is no longer there, and those behind it have moved.

    number: which message
    session: in which of the user's sessions it is gone
    """

def expunged_mid_session(
    number: int = 1,
    text: str = 'Message expunged.',
    drop: int = 0,
) -> Effect:
    """A message is listed, but RETR, TOP and DELE find that another client has removed it.

    number: which message; a condition does not choose it
    text: the text of the refusal
    drop: the refusal at which the server closes, 0 for none
    """

def uidl_unsupported() -> Effect:
    """UIDL is unknown."""

def uidl_fails_temporarily(
    sessions: int | Iterable[int] = (2,),
    text: str = 'unique-ids are not available now',
) -> Effect:
    """UIDL is listed by CAPA, but refused in some of a user's sessions.

    sessions: which of the user's sessions
    text: the text of the refusal
    """

def uidl_duplicate(
    numbers: int | Iterable[int] = (1, 2),
    uid: bytes | str = b'the-same',
) -> Effect:
    """Messages share a unique-id.

    numbers: which messages, by their numbers in the first session
    uid: what they share
    """

def uidl_empty(
    numbers: int | Iterable[int] = (1,),
    form: Literal["space", "bare"] = 'space',
) -> Effect:
    """Messages have no unique-id.

    numbers: which messages, by their numbers in the first session
    form: whether a space is left
    """

def uidl_separator(
    gap: bytes | str = b'   ',
    before: bytes | str = b'',
    after: bytes | str = b'',
) -> Effect:
    """Several spaces, or a tab, stand before the unique-id; more may stand around the line.

    gap: what stands between number and unique-id
    before: what stands before the number
    after: what stands behind the unique-id
    """

def uidl_inner_space(
    tail: bytes | str = b'uid',
) -> Effect:
    """Unique-ids have a space in them.

    tail: what stands behind the space
    """

def uidl_ok_prefix() -> Effect:
    """Each line of the list begins with +OK."""

def uidl_single_form(
    form: Literal["bare", "other"] = 'bare',
    number: int = 99,
) -> Effect:
    """UIDL of one message is answered without its number, or with another.

    form: no number, or another
    number: the other
    """

def uidl_long(
    octets: int = 1000,
) -> Effect:
    """Unique-ids are longer than 70 characters, and begin alike.

    octets: how long they are
    """

def uidl_8bit(
    octets: bytes | str = b'\xe9\xff\x80',
) -> Effect:
    """Unique-ids have octets beyond ASCII, which are no UTF-8.

    octets: with which they begin
    """

def uidl_hostile_chars(
    form: Literal["path", "absolute", "slash", "format", "quotes", "semicolon", "nul", "escape", "cr", "dot", "deep", "alike"] = 'path',
) -> Effect:
    """Unique-ids are paths, formats, escapes or the like.

    form: what they have in them; alike: one message has a/b, the next a-b
    """

def uidl_case_only(
    numbers: int | Iterable[int] = (1, 2),
) -> Effect:
    """Two unique-ids differ in upper and lower case only.

    numbers: which messages, by their numbers in the first session
    """

def uidl_ambiguous(
    numbers: int | Iterable[int] = (1, 2),
    uid: bytes | str = b'123',
) -> Effect:
    """Unique-ids are numbers joined without a separator: 1 and 23 give the same as 12 and 3.

    numbers: which messages, by their numbers in the first session
    uid: what they share
    """

def uidl_dot_line(
    number: int = 1,
    stuffed: bool = True,
) -> Effect:
    """A line of the list begins with a dot.

    number: which message's
    stuffed: whether the dot is doubled
    """

def uidl_list_mismatch(
    form: Literal["fewer", "shifted"] = 'fewer',
) -> Effect:
    """UIDL lists fewer messages than LIST, or others.

    form: the last is missing, or each is one on
    """

def uidl_all_changed(
    sessions: int | Iterable[int] = (2,),
    prefix: str = 'moved-',
) -> Effect:
    """From a session on all unique-ids are others.

    sessions: at which of the user's sessions
    prefix: with which they begin then
    """

def uidl_format_changes(
    session: int = 2,
    before: Literal["decimal", "hex", "UIDn", "UIDn-UIDV", "validity.uid", "validity-uid"] = 'decimal',
    after: Literal["decimal", "hex", "UIDn", "UIDn-UIDV", "validity.uid", "validity-uid"] = 'UIDn-UIDV',
    validity: int = 1,
) -> Effect:
    """From a session on unique-ids are written in another way.

    session: from which of the user's sessions on
    before: how they are written at first
    after: how they are written then
    validity: the number of the maildrop in them
    """

def uidl_reused() -> Effect:
    """A new message has the unique-id of one that was deleted."""

def uidl_shrinks(
    sessions: int | Iterable[int] = (2,),
    count: int = 1,
) -> Effect:
    """In some of a user's sessions the last messages are missing.

    sessions: which of the user's sessions
    count: how many are missing
    """

def retr_err_one(
    number: int = 1,
    text: str = 'RETR command did not succeed',
) -> Effect:
    """Lists a message but rejects RETR and TOP for it.

    number: message to reject, by its number in the first session; conditions do not choose it
    text: text of the -ERR reply
    """

def retr_ok_then_err(
    octets: int = 64,
    form: Literal["no-dot", "dot"] = 'no-dot',
    text: str = 'internal error',
) -> Effect:
    """Answers RETR with +OK and part of the message, then with -ERR.

    octets: octets of the message to send, counted on the wire
    form: whether the final dot precedes -ERR
    text: text of the -ERR reply
    """

def retr_truncated_dot(
    octets: int = 64,
) -> Effect:
    """Sends only the beginning of a message, then the dot as if the message were complete.

    octets: octets of the message to send
    """

def retr_cut_fin(
    octets: int = 64,
) -> Effect:
    """Closes the connection in the middle of a message.

    octets: octets of the message to send, counted on the wire
    """

def retr_cut_rst(
    octets: int = 64,
) -> Effect:
    """Resets the connection in the middle of a message.

    octets: octets of the message to send, counted on the wire
    """

def retr_drop_after_dot(
    then: Literal["close", "reset"] = 'close',
) -> Effect:
    """Ends the connection right after a message.

    then: how the connection ends
    """

def retr_no_reply() -> Effect:
    """Does not answer RETR."""

def retr_wrong_message(
    message: int = 2,
) -> Effect:
    """Answers RETR with a different message.

    message: number of the message to send
    """

def double_ok(
    verb: Literal["USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "QUIT", "CAPA", "STLS", "AUTH", "UTF8", "LANG"] = 'TOP',
) -> Effect:
    """Sends the +OK status line twice.

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

    lines: line counts that return the whole message
    """

def top_line_count_wrong(
    lines: int = 1,
    octets: int = 0,
) -> Effect:
    """Sends a fixed number of body lines for TOP, or truncates the reply.

    lines: body lines to send; -1: as many as requested
    octets: octets to send before truncating; 0: no truncation
    """

def top_marks_seen(
    how: Literal["hide", "delete"] = 'hide',
) -> Effect:
    """Marks messages as seen after TOP: later sessions omit them, or QUIT deletes them.

    how: whether later sessions hide them or QUIT deletes them
    """

def top_differs_from_retr(
    header: bytes | str = b'Status: RO',
) -> Effect:
    """Adds a header field to TOP that RETR does not send.

    header: header field to add
    """

def baseline_dots(
    number: int = 1,
) -> Effect:
    """Serves a message whose body starts and ends with lines of dots.

    number: message to change, by its number in the first session
    """

def no_header_separator(
    number: int = 1,
) -> Effect:
    """Serves a message that has a header only, without an empty line after it.

    number: message to change, by its number in the first session
    """

def empty_message(
    number: int = 1,
) -> Effect:
    """Serves a message of 0 octets.

    number: message to change, by its number in the first session
    """

def broken_headers(
    form: Literal["continuation", "from", "quoted-from", "no-colon", "long", "spaces"] = 'continuation',
    number: int = 1,
) -> Effect:
    """Serves a message whose first line is not a valid header field.

    form: type of invalid line
    number: message to change, by its number in the first session
    """

def nul_bytes(
    at: Literal["start", "header", "body", "status"] = 'body',
    number: int = 1,
) -> Effect:
    """Puts a NUL into a message, or into the status line of RETR.

    at: position of the NUL
    number: message to change, by its number in the first session
    """

def long_line(
    octets: int = 10000,
    dots: int = 0,
    number: int = 1,
) -> Effect:
    """Serves a message that ends with a very long line.

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

    count: number of announcements
    """

def utf8_wrapped() -> Effect:
    """Attaches a message with a UTF-8 header to a notice, unless the client sent UTF8."""

def lf_only(
    part: Literal["all", "status", "body", "terminator"] = 'all',
) -> Effect:
    """Ends lines with LF instead of CRLF.

    part: lines to change
    """

def mixed_eol(
    number: int = 1,
    stuffed: bool = True,
) -> Effect:
    """Serves a message that contains bare CR, bare LF, CR CR LF and LF CR.

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

    form: whether CR follows the dot, or nothing
    then: whether the session goes on, falls silent or closes
    """

def terminator_trailing_junk(
    form: Literal["line", "space"] = 'line',
) -> Effect:
    """Sends an empty line or a space after the final dot of a message.

    form: extra text: an empty line or a space
    """

def no_stuffing(
    verb: Literal["both", "RETR", "TOP"] = 'both',
) -> Effect:
    """Does not double dots at the beginning of lines.

    verb: commands to affect
    """

def over_stuffing(
    form: Literal["twice", "everywhere"] = 'twice',
) -> Effect:
    """Doubles dots at the beginning of lines twice, or doubles all dots.

    form: dots at line starts or all dots
    """

def extra_blank_line() -> Effect:
    """Sends an extra empty line before the final dot of a message."""

def blank_lines_inserted(
    line: int = 1,
) -> Effect:
    """Inserts an empty line into the header of messages, so the body begins too early.

    line: number of header lines before the empty line
    """

def split_stuffed_dot(
    gap: float = 0.25,
) -> Effect:
    """Sends a doubled dot in two pieces.

    gap: delay between pieces
    """

def split_terminator(
    at: Literal["all", "1", "2", "3", "4"] = 'all',
    gap: float = 0.25,
) -> Effect:
    """Sends the CRLF, dot, CRLF that ends a reply in pieces.

    at: number of its octets before the cut; all: cut at each
    gap: delay between pieces
    """

def coalesced(
    close: bool = False,
) -> Effect:
    """Sends the whole reply to RETR or TOP in one piece.

    close: whether the connection closes with the reply
    """

def byte_dribble(
    gap: float = 0.0,
) -> Effect:
    """Sends each octet of the session in a piece of its own.

    gap: delay between pieces
    """

def size_lf() -> Effect:
    """Counts each line ending as one octet in sizes."""

def size_estimate(
    factor: float = 0.5,
    multiple: int = 1,
) -> Effect:
    """Estimates sizes by multiplying them, or rounds them up.

    factor: factor to multiply sizes by
    multiple: sizes are rounded up to a multiple of this number
    """

def size_zero(
    numbers: int | Iterable[int] = (),
    form: Literal["zero", "missing"] = 'zero',
) -> Effect:
    """Reports sizes of 0, or omits sizes from LIST.

    numbers: messages to change; all if empty
    form: whether the size is 0 or missing
    """

def size_huge(
    octets: int = 4294967400,
    numbers: int | Iterable[int] = (),
) -> Effect:
    """Reports sizes too large for the client's integers.

    octets: size to report
    numbers: messages to change; all if empty
    """

def size_negative(
    octets: int = -1,
    numbers: int | Iterable[int] = (),
) -> Effect:
    """Reports negative sizes.

    octets: size to report
    numbers: messages to change; all if empty
    """

def retr_octets_lie(
    octets: int = 120,
) -> Effect:
    """Reports a wrong size in the status line of RETR.

    octets: size to report
    """

def size_varies(
    by: int = 7,
) -> Effect:
    """Reports a different size of each message in each session.

    by: octets added to the size in each session
    """

def dele_ignored() -> Effect:
    """Accepts DELE and QUIT but deletes nothing; the next session lists the messages again."""

def counts_after_dele(
    deleted: Literal["hidden", "counted"] = 'hidden',
) -> Effect:
    """Omits deleted messages from STAT, LIST and UIDL, or counts them until QUIT.

    deleted: hidden as the RFC requires, or counted until QUIT
    """

def dele_err(
    text: str = 'the maildrop is read-only',
) -> Effect:
    """Rejects DELE and does not mark the message.

    text: text of the -ERR reply
    """

def dele_drop(
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection at DELE and deletes nothing.

    how: how the connection ends: FIN or RST
    """

def rset_side_effects(
    form: Literal["err", "uids"] = 'err',
    text: str = 'RSET failed',
) -> Effect:
    """Rejects RSET, or obeys it and changes all unique-ids.

    form: whether RSET is rejected or changes the unique-ids
    text: text of the -ERR reply
    """

def quit_err(
    removes: Literal["none", "some", "all"] = 'some',
    text: str = 'some deleted messages not removed',
) -> Effect:
    """Answers QUIT with -ERR and removes some, none or all of the deleted messages.

    removes: deleted messages to remove
    text: text of the -ERR reply
    """

def quit_ok_but_failed(
    text: str = 'Signing off, but message deletion failed',
) -> Effect:
    """Answers QUIT with +OK but deletes nothing.

    text: text of the +OK reply
    """

def quit_no_reply(
    commits: bool = True,
) -> Effect:
    """Obeys QUIT without a reply and keeps the connection open.

    commits: whether deleted messages are removed
    """

def quit_eof(
    commits: bool = True,
) -> Effect:
    """Obeys QUIT and closes the connection without a reply.

    commits: whether deleted messages are removed
    """

def quit_slow(
    seconds: float = 60.0,
) -> Effect:
    """Removes the deleted messages at QUIT but delays the reply.

    seconds: delay before the reply
    """

def quit_unknown_commit(
    commits: bool = True,
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection between QUIT and its reply.

    commits: whether deleted messages are removed
    how: how the connection ends: FIN or RST
    """

def rollback_on_drop(
    deletes: int = 0,
    how: Literal["close", "reset"] = 'reset',
) -> Effect:
    """Ends the connection after DELE, before QUIT takes effect, and deletes nothing.

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

    how: whether later sessions hide the messages or QUIT deletes them
    recent: user name prefix, such as recent: for Gmail, that lists hidden messages again
    """

def commit_on_drop() -> Effect:
    """Removes deleted messages even if the connection is lost before QUIT."""

def delayed_commit(
    seconds: float = 600.0,
) -> Effect:
    """Lists deleted messages again in sessions that begin soon after QUIT.

    seconds: delay between QUIT and the removal
    """

def expire(
    sessions: int = 1,
) -> Effect:
    """Deletes messages after listing them in a number of sessions.

    sessions: number of sessions that list a message
    """

def login_delay(
    seconds: float = 900.0,
    form: Literal["code", "hotmail", "limit", "close"] = 'code',
    text: str = '',
) -> Effect:
    """Rejects a login that follows the user's last login too soon.

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

    most: number of connections or logins allowed at once
    at: rejection in the greeting, by closing before it, or at login
    text: text of the -ERR reply
    """

def session_stolen(
    text: str = 'Received Kiss of Death',
) -> Effect:
    """Ends a user's session with an unsolicited -ERR as soon as the user logs in again.

    text: text of the -ERR reply
    """

def bad_command_limit(
    commands: int = 3,
    text: str = 'Too many bad commands.',
) -> Effect:
    """Ends the session after a number of unknown commands.

    commands: unknown command that ends the session
    text: text of the -ERR reply
    """

def line_limit(
    octets: int = 255,
    text: str = 'Input line too long.',
) -> Effect:
    """Ends the session when a command line is too long.

    octets: longest line allowed, including CRLF
    text: text of the -ERR reply
    """

def strict_parser(
    case: bool = True,
    lf: Literal["err", "silence", "taken"] = 'err',
    spaces: bool = True,
) -> Effect:
    """Rejects lower-case verbs, lines that end in LF alone, and extra spaces.

    case: whether lower-case verbs are rejected
    lf: whether LF alone causes -ERR, causes no reply, or is accepted
    spaces: whether extra spaces before an argument or after a bare verb are rejected
    """

def pipelining_drops(
    how: Literal["drops", "interleaves"] = 'drops',
) -> Effect:
    """Answers only the first of several pipelined commands, or interleaves their replies.

    how: whether later commands are dropped or replies interleave
    """

def slow_first_byte(
    seconds: float = 45.0,
) -> Effect:
    """A message comes so many seconds after it was asked for.

    seconds: from RETR or TOP to the first octet
    """

def slow_dribble(
    seconds: float = 1.0,
    count: int = 1,
    unit: Literal["octets", "lines"] = 'octets',
) -> Effect:
    """Replies of many lines come a few octets, or lines, at a time, never with a long gap.

    seconds: from piece to piece
    count: how many of the unit a piece has
    unit: what pieces are counted in
    """

def stall_after_status() -> Effect:
    """Behind the +OK of a reply of many lines nothing more comes."""

def tarpit_every_command(
    seconds: float = 10.0,
) -> Effect:
    """Each reply comes so many seconds late.

    seconds: before each reply
    """

def rst_at_command(
    verbs: str | Iterable[str] = ('RETR',),
) -> Effect:
    """The connection is reset (RST) when these commands come, and they are not obeyed.

    verbs: which commands
    """

def connect_refused(
    family: Literal["any", "ipv4", "ipv6"] = 'any',
) -> Effect:
    """Each connection is reset as it is accepted, the next thing to a port that is not open.

    family: only clients who come by this
    """

def connect_blackhole(
    family: Literal["any", "ipv4", "ipv6"] = 'any',
) -> Effect:
    """Each connection is accepted, and nothing at all comes on it, not even TLS.

    family: only clients who come by this
    """

def noop_unsupported(
    form: Literal["err", "close"] = 'err',
) -> Effect:
    """NOOP is refused, or closes the connection.

    form: refused, or closed
    """

def status_8bit(
    form: Literal["gbk", "latin-1", "utf-8", "broken"] = 'gbk',
) -> Effect:
    """The texts of status lines are not ASCII.

    form: the character set, or none
    """

def status_terminal_escapes(
    form: Literal["title", "clear", "bell", "backspace"] = 'title',
) -> Effect:
    """The greeting and the texts of -ERR have control sequences for a terminal.

    form: sets the title, clears the screen, rings, or goes back to write over it
    """

def utf8_mode(
    answer: Literal["ok", "err"] = 'ok',
) -> Effect:
    """CAPA lists UTF8 USER, and UTF8 is taken, as where it is asked for, or refused.

    answer: what the command is answered
    """

def lang(
    answer: Literal["ok", "err"] = 'ok',
    languages: str | Iterable[str] = ('en English', 'de Deutsch', 'i-default Default'),
) -> Effect:
    """CAPA lists LANG, which knows these languages or is refused.

    answer: what the command is answered
    languages: each a tag and its name
    """

def raw_8bit_mail() -> Effect:
    """Each message has a header and a last line of all octets but NUL, CR and LF."""

def typo_plus_err() -> Effect:
    """-ERR is written +ERR."""

def status_case() -> Effect:
    """+OK and -ERR are written in lower case."""

def status_garbage(
    form: Literal["no-sign", "plus", "number", "tab", "lf"] = 'no-sign',
) -> Effect:
    """The status line begins neither with +OK nor with -ERR.

    form: without its sign, only +, `500 error`, a tab in front, or a single LF
    """

def status_long(
    octets: int = 513,
) -> Effect:
    """Status lines have so many octets; RFC 2449 section 4 allows 512.

    octets: of a status line with its CRLF
    """

def resp_code_odd(
    code: str = '[X-FOO/BAR]',
) -> Effect:
    """-ERR has a response code that no RFC knows, or none that can be read.

    code: as written: [sys/temp], [IN-USE], an open [ ...
    """

def misleading_words(
    form: Literal["lock", "rude", "bunny"] = 'lock',
    codes: Literal["yes", "no"] = 'no',
) -> Effect:
    """A wrong password is said with the words of a lock, or rudely; a lock without them.

    form: of a wrong password
    codes: whether response codes tell the truth
    """

def single_for_multi(
    verbs: str | Iterable[str] = ('LIST', 'UIDL'),
) -> Effect:
    """These commands are answered by a status line only, where a list is due.

    verbs: the commands that are answered so
    """

def multi_for_single(
    verbs: str | Iterable[str] = ('DELE', 'NOOP'),
    text: str = 'and this is more',
) -> Effect:
    """These commands are answered by lines and a dot, where one line is due.

    verbs: the commands that are answered so
    text: the line between the status and the dot
    """

def error_with_body(
    text: str = 'and this is more',
) -> Effect:
    """-ERR is followed by a line and a dot.

    text: the line between the status and the dot
    """

def continuation_anywhere(
    verbs: str | Iterable[str] = ('USER', 'STAT'),
    text: str = '',
) -> Effect:
    """These commands are answered by `+ `, as only AUTH is.

    verbs: the commands that are answered so
    text: what follows the plus
    """

def wording(
    verb: str,
    text: str,
    err: Literal["yes", "no"] = 'no',
    code: str = '',
    charset: str = 'utf-8',
) -> Effect:
    """What is said to a command: the text behind +OK or -ERR.

    verb: the command, or GREETING
    text: the text, with fields such as {n}; empty for none
    err: whether it is the text of -ERR
    code: of -ERR, only where it has this response code
    charset: in which it is written, with ? for what it has not
    """

def capa_lines(
    lines: str | Iterable[str],
    state: Literal["any", "before", "tls", "after"] = 'any',
) -> Effect:
    """What CAPA lists, line by line, whatever is true.

    lines: with commas; {sasl} and {stls} are what this server has of them
    state: where: before login without or under TLS, after login, or anywhere
    """

def extra_command(
    verb: str,
    reply: str,
    state: Literal["any", "before", "after"] = 'any',
) -> Effect:
    """There is one more command, answered so whatever stands behind it.

    verb: the command
    reply: what it is answered; further lines are a list
    state: before login, after it, or both
    """

def unknown_command(
    text: str,
) -> Effect:
    """What is said to a command that there is not: the text behind -ERR.

    text: the text, with fields such as {verb}; empty for none
    """

def last_command(
    rset: Literal["start", "zero"] = 'start',
    remembers: Literal["yes", "no"] = 'yes',
) -> Effect:
    """LAST tells the highest number of a message that was sent, in earlier sessions, too.

    rset: what RSET sets it to: its value when the session began, or 0
    remembers: whether earlier sessions count
    """

def uid_form(
    form: Literal["hex16", "uw", "decimal", "cyrus", "cyrus-dash", "stalwart", "courier", "courier-uid", "zimbra", "popa3d", "token"],
    first: int = 1,
) -> Effect:
    """Unique-ids have the form of a named server's, and are the same in each session.

    form: whose
    first: the number of the first message, where it has one
    """
