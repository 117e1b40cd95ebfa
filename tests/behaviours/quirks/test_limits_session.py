"""Sessions that end early."""

from pathlib import Path

from tests.behaviours.quirks.several import Several
from tests.behaviours.ruled import LOGIN, serving
from tests.dialogue import ONE, TWO, memory, play

RETR = """
    C: RETR 1
    S: +OK 23 octets
    S: Subject: one
    S:
    S: hello
    S: .
"""
DELE = "C: DELE 1\nS: +OK ...\n"


def test_download_quota() -> None:
    several = Several("download-quota 2", store=memory(ONE, TWO, ONE))
    several.visit(
        RETR
        + "C: RETR 9\nS: -ERR ...\n"
        + RETR
        + "C: RETR 3\nS: -ERR Download exceed. msg=2\n"
        + "C: TOP 3 0\nS: +OK top of ...\nS: Subject: one\nS:\nS: .\n"
        + DELE
    )
    several.visit(RETR.replace("RETR 1", "RETR 2"))


def test_download_quota_of_octets() -> None:
    several = Several('download-quota 0 octets=46 text="enough"')
    several.visit(RETR * 2 + "C: RETR 1\nS: -ERR enough\n")


def test_download_quota_of_a_day() -> None:
    several = Several("download-quota 1 seconds=86400")
    several.visit(RETR)
    several.now = 86_399.0
    several.visit("C: RETR 1\nS: -ERR Download exceed. msg=1\n")
    several.now = 86_400.0
    several.visit(RETR)
    several.visit("C: RETR 1\nS: -ERR Download exceed. msg=1\n")


def test_session_cap_of_messages() -> None:
    several = Several("session-cap 2", store=memory(ONE, ONE, ONE))
    first = several.play(LOGIN + RETR + RETR + "(close)")
    first.session_ended("closed")
    several.visit(RETR + DELE)
    assert several.uids == ["2", "3"]


def test_session_cap_of_commands() -> None:
    Several("session-cap 0 commands=4").play(
        "C: HELP\nS: -ERR ..." + LOGIN + "C: NOOP\nS: +OK ...\nC: STAT\nS: +OK 2 56\n(close)"
    )


def test_session_cap_of_seconds() -> None:
    several = Several("session-cap 0 seconds=60 how=reset")
    played = several.play(LOGIN)
    several.now = 59.0
    play(played, "C: STAT\nS: +OK 2 56")
    several.now = 60.0
    play(played, "C: STAT\nS: +OK 2 56\n(reset)")


def test_session_cap_leaves_quit_its_close() -> None:
    Several("session-cap 0 commands=3 how=reset").visit("")


def test_idle_short() -> None:
    several = Several("idle-short 60")
    played = several.play(LOGIN + DELE)
    several.now = 59.0
    play(played, "C: NOOP\nS: +OK ...")
    several.now = 119.0
    play(played, "C: QUIT\nS: -ERR Autologout; idle for too long\n(close)")
    assert several.uids == ["1", "2"]


def test_idle_short_closes_on_time(tmp_path: Path) -> None:
    with serving(tmp_path, "idle-short 0.05 form=close") as served, served.connect() as client:
        said = b"".join(iter(lambda: client.recv(1000), b""))
    assert said.startswith(b"+OK ")
    assert said.count(b"\r\n") == 1
