from pathlib import Path

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.users_file import make_entry, read_users, read_users_file
from pop3lab.core.errors import ConfigError
from tests.auth.exchanges import proved

FILE = """\
# name:password
ann:{PLAIN}sec ret

bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=:1000:1000:Bob,,,:/home/bob:/bin/sh:userdb_mail=mbox:~/mail
tim:{PLAIN}secret::::::quota=1 only=apop,CRAM-MD5
cat:{PLAIN}secret::::/home::
dog:*
jürgen@example.com:{PLAIN}pässword
\t
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_file_as_dovecot_has_it(tmp_path: Path, start: str, end: str) -> None:
    path = tmp_path / "users"
    path.write_bytes((start + FILE).replace("\n", end).encode())
    users = read_users_file(str(path))
    assert list(users) == ["ann", "bob", "tim", "cat", "dog", "jürgen@example.com"]
    accounts = Authenticator(users)
    assert proved(accounts.login("ann", "sec ret")) == "ann"
    assert proved(accounts.login("bob", "secret")) == "bob"
    assert proved(accounts.login("jürgen@example.com", "pässword")) == "jürgen@example.com"
    assert users["tim"].allowed == {"APOP", "CRAM-MD5"}
    assert users["cat"].allowed == set()
    assert users["dog"].methods == {"EXTERNAL", "OAUTHBEARER", "XOAUTH2"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("ann:hunter2", "users line 2 (ann): no {SCHEME} before the password"),
        ("ann:{SHA}hunter2", "users line 2 (ann): this is not in the form of {SHA}"),
        ("ann:{NOSUCH}hunter2", "users line 2 (ann): the scheme is unknown: give one of PLAIN"),
        ("ann", "users line 2 (ann): no colon"),
        ("tim:{PLAIN}x", "users line 2 (tim): there is a line for this user already"),
        (":{PLAIN}hunter2", "users line 2: a user's name is"),
        ("a\x07b:{PLAIN}hunter2", "users line 2: a user's name is"),
        (f"{'u' * 256}:{{PLAIN}}hunter2", "users line 2: a user's name has no more than 255"),
        ("ann:{PLAIN}x::::::only=NOSUCH", "users line 2 (ann): only= takes APOP,"),
        ("ann:{PLAIN}x::::::only=", "users line 2 (ann): only= takes APOP,"),
    ],
)
def test_errors_name_line_and_user_and_show_no_hash(line: str, error: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_users(f"tim:{{PLAIN}}secret\n{line}\n".encode(), "users")
    assert str(refusal.value).startswith(error)
    assert "hunter2" not in str(refusal.value)


def test_not_utf_8() -> None:
    with pytest.raises(ConfigError, match=r"^users line 1: this is not UTF-8$"):
        read_users(b"ann:{PLAIN}\xff", "users")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing: cannot be read: No such file"):
        read_users_file(str(tmp_path / "nothing"))


def test_two_names_that_are_one() -> None:
    users = read_users("ju\u0308rgen:{PLAIN}x\njürgen:{PLAIN}y\n".encode(), "users")
    with pytest.raises(ConfigError, match="is the same name as"):
        Authenticator(users)


@pytest.mark.parametrize("scheme", ["SCRAM-SHA-256", "SHA512-CRYPT", "PLAIN"])
def test_entries(scheme: str) -> None:
    entry = make_entry("ann", "sec ret", scheme)
    assert (
        proved(Authenticator(read_users(entry.encode(), "users")).login("ann", "sec ret")) == "ann"
    )


def test_an_entry_is_for_scram_unless_told() -> None:
    assert make_entry("ann", "a:b").startswith("ann:{SCRAM-SHA-256}")


@pytest.mark.parametrize(
    ("name", "password", "scheme"),
    [
        ("", "x", "PLAIN"),
        ("#ann", "x", "PLAIN"),
        ("a:b", "x", "PLAIN"),
        ("ann", "a:b", "PLAIN"),
        ("ann", "", "PLAIN"),
        ("ann", "x", "NOSUCH"),
    ],
)
def test_no_entries(name: str, password: str, scheme: str) -> None:
    with pytest.raises(ConfigError):
        make_entry(name, password, scheme)


@pytest.mark.parametrize("octets", [b"", b"\n", b"# ann:{PLAIN}x\n\n \n", b"\xef\xbb\xbf"])
def test_a_file_without_users_is_refused(octets: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^users: no users in it: add lines NAME:\{SCHEME\}"):
        read_users(octets, "users")


def test_a_cr_is_no_line_end_and_no_part_of_a_password() -> None:
    with pytest.raises(ConfigError, match=r"^users line 1 \(ann\): a CR within a line"):
        read_users(b"ann:{PLAIN}secret\rtim:{PLAIN}secret\r", "users")
    assert list(read_users(b"ann:{PLAIN}secret\r\n", "users")) == ["ann"]


COMMENT = "what looks like a comment is part of the password; comments have lines of their own"
BLANKS = "the blanks behind the password are part of it"


@pytest.mark.parametrize(
    ("line", "name", "odd"),
    [
        ("ann:{PLAIN}hunter2 # of Ann", "ann", COMMENT),
        ("ann:{PLAIN}hunter2\t#", "ann", COMMENT),
        ("ann:{CLEARTEXT}hunter2 # of Ann:1000:1000", "ann", COMMENT),
        ("ann:{PLAIN}hunter2 ", "ann", BLANKS),
        ("ann:{PLAIN}hunter2\t:1000", "ann", BLANKS),
        ("  ann:{PLAIN}hunter2", "  ann", "the blanks around the name are part of it"),
        ("  # ann:{PLAIN}hunter2", "  # ann", "the blanks around the name are part of it"),
        ("ann :{PLAIN}hunter2", "ann ", "the blanks around the name are part of it"),
    ],
)
def test_what_may_not_be_meant_is_told_without_the_password(line: str, name: str, odd: str) -> None:
    told: list[str] = []
    users = read_users(f"tim:{{PLAIN}}secret\n{line}\n".encode(), "users", told.append)
    assert told == [f"users line 2 ({name}): {odd}"]
    assert "hunter2" not in told[0]
    assert list(users) == ["tim", name]


@pytest.mark.parametrize(
    "line",
    [
        "ann:{PLAIN}a#b",
        "ann:{PLAIN}#b",
        "ann:{PLAIN}two words",
        "ann:{PLAIN}x:1:1:Ann # 1:/home/ann:/bin/sh:only=APOP # y",
        "ann:{PLAIN.B64}YSAjYg==",
        "ann:*",
    ],
)
def test_what_is_meant_is_not_told(line: str) -> None:
    read_users(f"# of Ann\n{line}\r\n".encode(), "users", pytest.fail)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["SCRAM-SHA-256", "SHA512-CRYPT", "ARGON2ID", "BLF-CRYPT"])
def test_a_comment_behind_a_hash_is_an_error(scheme: str) -> None:
    entry = make_entry("ann", "secret", scheme)
    with pytest.raises(ConfigError, match=r"users line 1 \(ann\): this is not in the form of"):
        read_users(f"{entry} # of Ann".encode(), "users")
