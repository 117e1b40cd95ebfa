from pathlib import Path

import pytest

from .clients import curl, fetchmail, fetchmail_keeping, getmail, mpop
from .libraries import net_pop, net_pop3, pop3_client, poplib
from .seeing import ALL, CUT_TWO, IN_TWO, ONE, THREE, TWO, Client, see

CUT = f"RETR 2 -> retr-cut-fin octets={IN_TWO}"
RESET = f"RETR 2 -> retr-cut-rst octets={IN_TWO}"


def test_retr_cut_fin_is_no_error_to_curl(tmp_path: Path) -> None:
    # K-9 "takes the close for the end of the message": so does curl, without a word.
    seen = see(curl("2"), tmp_path, CUT)
    assert (seen.ran.code, seen.ran.output, seen.ran.stored) == (0, "", [CUT_TWO])
    assert seen.session.retrieved == []
    assert see(curl("2"), tmp_path, RESET).ran.code == 56


def test_retr_cut_fin_fills_the_disk_by_mpop(tmp_path: Path) -> None:
    # At the end of the connection mpop hands empty lines to its delivery, until it is killed.
    seen = see(mpop, tmp_path, CUT, limit=1)
    assert seen.ran.code is None
    text = seen.ran.stored[1]
    assert text.startswith(TWO[: TWO.index(b"second")])
    assert set(text[len(CUT_TWO) :]) <= set(b"\n")
    assert len(text) > 10 * len(TWO)
    assert seen.left == ["1", "2", "3"]


@pytest.mark.parametrize("quirk", [CUT, RESET], ids=["fin", "rst"])
@pytest.mark.parametrize(
    "client",
    [getmail, poplib, net_pop3, net_pop],
    ids=["getmail", "poplib", "Net::POP3", "net/pop"],
)
def test_retr_cut_is_an_error(client: Client, quirk: str, tmp_path: Path) -> None:
    # The same: not confirmed; nothing of the message is stored, and nothing is deleted.
    seen = see(client, tmp_path, quirk)
    assert seen.ran.code not in (0, None)
    assert seen.ran.stored == [ONE]
    assert seen.left == ["1", "2", "3"]


@pytest.mark.parametrize("quirk", [CUT, RESET], ids=["fin", "rst"])
def test_retr_cut_is_stored_by_fetchmail(quirk: str, tmp_path: Path) -> None:
    # The same: it is an error to fetchmail, but the MDA has got the header and keeps it.
    seen = see(fetchmail, tmp_path, quirk)
    assert seen.ran.code == 2
    assert seen.ran.stored == [ONE, TWO[: TWO.index(b"second")]]
    assert seen.left == ["1", "2", "3"]


def test_retr_drop_after_dot(tmp_path: Path) -> None:
    # "Clients fetch the message again": confirmed for fetchmail; mpop has kept the UID.
    quirk = "RETR 2 -> retr-drop-after-dot"
    seen = see(fetchmail, tmp_path, f"session=1 and {quirk}", runs=2)
    assert seen.ran.stored == [ONE, TWO, ONE, TWO, THREE]
    seen = see(mpop, tmp_path, f"session=1 and {quirk}", runs=2)
    assert seen.ran.stored == ALL
    assert seen.left == []


def test_long_line(tmp_path: Path) -> None:
    # "poplib fails above 2048 octets in every session": confirmed; getmail has raised the limit.
    seen = see(poplib, tmp_path, "long-line number=2", runs=2)
    assert "line too long" in seen.ran.output
    assert seen.ran.stored == [ONE]
    assert seen.left == ["1", "2", "3"]
    seen = see(getmail, tmp_path, "long-line number=2")
    assert len(seen.ran.stored[1]) > 10_000
    assert seen.left == []


def test_nul_bytes(tmp_path: Path) -> None:
    # "Clients lose the text after the NUL": not confirmed; fetchmail drops only a NUL at the start.
    seen = see(fetchmail, tmp_path, "nul-bytes number=2")
    assert b"\nbefore\0behind\n" in seen.ran.stored[1]
    seen = see(fetchmail, tmp_path, "nul-bytes number=2 at=start")
    assert seen.ran.stored == ALL
    seen = see(mpop, tmp_path, "nul-bytes number=2 at=start")
    assert seen.ran.stored == [ONE, b"\0" + TWO, THREE]


@pytest.mark.parametrize(
    ("client", "code"),
    [(fetchmail, 0), (getmail, 127), (net_pop3, 1), (pop3_client, 1)],
    ids=["fetchmail", "getmail", "Net::POP3", "Mail::POP3Client"],
)
def test_retr_err_one_is_skipped(client: Client, code: int, tmp_path: Path) -> None:
    # "Clients never fetch the messages after it": not confirmed; fetchmail tells of no error.
    seen = see(client, tmp_path, "retr-err-one number=2")
    assert seen.ran.code == code
    assert seen.ran.stored == [ONE, THREE]
    assert seen.left == ["2"]


def test_retr_err_one_blocks_the_maildrop(tmp_path: Path) -> None:
    # The same: confirmed for mpop, and for plain programs with poplib and net/pop.
    for client in (mpop, poplib, net_pop):
        seen = see(client, tmp_path, "retr-err-one number=2", runs=2)
        assert seen.ran.code not in (0, None)
        assert seen.ran.stored == [ONE]
        assert seen.left == ["1", "2", "3"]


def test_retr_ok_then_err(tmp_path: Path) -> None:
    # "Clients wait for the dot": confirmed. mpop, which pipelines, takes 3 for the rest of 2.
    quirk = f"RETR 2 -> retr-ok-then-err octets={IN_TWO}"
    for client in (getmail, poplib):
        seen = see(client, tmp_path, quirk, limit=1)
        assert seen.ran.code not in (0, None)
        assert (seen.ran.stored, seen.left) == ([ONE], ["1", "2", "3"])
    seen = see(mpop, tmp_path, quirk, limit=1)
    assert seen.ran.code == 74
    assert seen.ran.stored[1].endswith(THREE)
    assert seen.left == ["1", "2", "3"]


def test_retr_truncated_dot(tmp_path: Path) -> None:
    # No client can know; all store the beginning and delete the rest, though LIST told the size.
    for client in (fetchmail, mpop, getmail):
        seen = see(client, tmp_path, f"RETR 2 -> retr-truncated-dot octets={IN_TWO}")
        assert seen.ran.code == 0
        assert seen.ran.stored == [ONE, CUT_TWO + b"\n", THREE]
        assert seen.left == []


@pytest.mark.parametrize("client", [curl("1"), net_pop], ids=["curl", "net/pop"])
def test_lf_only_is_waited_for(client: Client, tmp_path: Path) -> None:
    # "Jakarta Mail, K-9 and Sylpheed wait for a CR": so do curl and net/pop.
    seen = see(client, tmp_path, "lf-only", limit=1)
    assert seen.ran.code in (1, 28)
    assert seen.session.end_reason == "closed"
    assert seen.ran.stored in ([], [ONE + b".\n"])


@pytest.mark.parametrize(
    "client",
    [fetchmail, mpop, getmail, poplib, net_pop3, pop3_client],
    ids=["fetchmail", "mpop", "getmail", "poplib", "Net::POP3", "Mail::POP3Client"],
)
def test_lf_only_is_understood(client: Client, tmp_path: Path) -> None:
    # The same: not confirmed.
    seen = see(client, tmp_path, "lf-only")
    assert (seen.ran.code, seen.ran.stored, seen.left) == (0, ALL, [])


@pytest.mark.parametrize(
    ("client", "code"),
    [(fetchmail, 2), (mpop, 74), (getmail, 127), (poplib, 1), (net_pop, 1)],
    ids=["fetchmail", "mpop", "getmail", "poplib", "net/pop"],
)
def test_terminator_short(client: Client, code: int, tmp_path: Path) -> None:
    # "Thunderbird hangs": these wait until their time is over, and nothing is deleted.
    seen = see(client, tmp_path, "RETR 2 -> terminator-short", limit=1)
    assert seen.ran.code == code
    assert seen.left == ["1", "2", "3"]


def test_terminator_short_to_mail_pop3client(tmp_path: Path) -> None:
    # The same: it waits for ever.
    seen = see(pop3_client, tmp_path, "RETR 2 -> terminator-short", limit=1)
    assert seen.ran.code is None
    assert seen.ran.stored == [ONE]


def test_no_final_newline(tmp_path: Path) -> None:
    # "Clients wait for the end of the message": confirmed for fetchmail; mpop, which pipelines,
    # takes message 3 for the rest of 2.
    seen = see(fetchmail, tmp_path, "RETR 2 -> no-final-newline", limit=1)
    assert seen.ran.code == 2
    assert seen.ran.stored[1] == TWO.removesuffix(b"\n") + b".\n"
    seen = see(mpop, tmp_path, "RETR 2 -> no-final-newline", limit=1)
    assert seen.ran.code == 74
    assert seen.ran.stored[1].endswith(THREE)
    assert seen.left == ["1", "2", "3"]


def test_double_ok(tmp_path: Path) -> None:
    # All store the second status line as a line of the header.
    for client in (fetchmail, mpop, net_pop3):
        seen = see(client, tmp_path, "RETR 2 -> double-ok verb=RETR")
        assert seen.ran.stored == [ONE, b"+OK 56 octets\n" + TWO, THREE]
        assert seen.left == []


def test_top_unsupported(tmp_path: Path) -> None:
    # "The message list never appears": fetchmail, which keeps mail by TOP, fetches nothing.
    seen = see(fetchmail_keeping, tmp_path, "top-unsupported")
    assert (seen.ran.code, seen.ran.stored) == (1, [])
    assert "RETR" not in seen.session.commands
