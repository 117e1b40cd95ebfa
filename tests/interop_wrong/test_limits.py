from pathlib import Path

import pytest

from .clients import curl, fetchmail, getmail, mpop
from .libraries import net_pop, net_pop3, poplib
from .seeing import ALL, ONE, TWO, Client, see


@pytest.mark.parametrize("form", ["code", "uw", "hmailserver", "popper", "mdaemon"])
def test_in_use(form: str, tmp_path: Path) -> None:
    # "Clients report a wrong password if the text lacks the words": each of these texts has one,
    # or a code, and fetchmail ends with 9, the maildrop is busy.
    seen = see(fetchmail, tmp_path, f"in-use form={form} logins=0")
    assert seen.ran.code == 9
    assert len(seen.sessions) == 1


def test_in_use_in_other_words(tmp_path: Path) -> None:
    # The same: confirmed, fetchmail ends with 3.
    quirk = 'in-use form=uw logins=0 text="another program is reading your mail"'
    assert see(fetchmail, tmp_path, quirk).ran.code == 3


@pytest.mark.parametrize(
    ("client", "code", "said"),
    [
        (curl("1"), 67, "Login denied"),
        (mpop, 77, "authentication failed"),
        (getmail, 127, "operation error"),
        (poplib, 1, "[IN-USE]"),
        (net_pop3, 1, "login: [IN-USE]"),
        (net_pop, 1, "POPAuthenticationError"),
    ],
    ids=["curl", "mpop", "getmail", "poplib", "Net::POP3", "net/pop"],
)
def test_in_use_is_a_login_that_failed(
    client: Client, code: int, said: str, tmp_path: Path
) -> None:
    # To these a busy maildrop is the same as a wrong password, whatever the code says.
    seen = see(client, tmp_path, "in-use")
    assert seen.ran.code == code
    assert said in seen.ran.output
    assert len(seen.sessions) == 1


@pytest.mark.parametrize(
    ("form", "code"), [("code", 9), ("hotmail", 3), ("limit", 3), ("close", 2)]
)
def test_login_delay(form: str, code: int, tmp_path: Path) -> None:
    # "Clients prompt for the password in a loop": fetchmail reports a wrong password without code.
    seen = see(fetchmail, tmp_path, f"login-delay form={form}", runs=2)
    assert seen.ran.code == code
    assert seen.ran.stored == ALL
    assert seen.left == []


def test_download_quota(tmp_path: Path) -> None:
    # "Clients that give up without QUIT fetch the same messages forever": not confirmed; mpop
    # gives up, but remembers the messages it has.
    for client in (fetchmail, getmail, mpop):
        seen = see(client, tmp_path, "download-quota messages=1", runs=2)
        assert seen.ran.stored == [ONE, TWO]


@pytest.mark.parametrize(
    ("client", "stored"),
    [(mpop, ALL), (fetchmail, [ONE, ONE, ONE]), (getmail, [ONE, ONE, ONE])],
    ids=["mpop", "fetchmail", "getmail"],
)
def test_session_cap(client: Client, stored: list[bytes], tmp_path: Path) -> None:
    # "Clients fetch the same messages again": confirmed for fetchmail and getmail,
    # told to fetch all: they never get to the second message.
    seen = see(client, tmp_path, "session-cap messages=1", runs=3)
    assert seen.ran.stored == stored
    assert seen.left == ["1", "2", "3"]
