"""Quirks of DELE and RSET."""

from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN
from tests.dialogue import ONE, TWO, memory

UIDL = "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: .\n"
DELE = "C: DELE 1\nS: +OK ...\n"


def test_dele_ignored() -> None:
    several = Several("dele-ignored")
    several.visit(DELE + "C: STAT\nS: +OK 1 33\n")
    several.visit(UIDL)
    assert several.uids == ["1", "2"]


def test_dele_ignored_before_login_leaves_quit_alone() -> None:
    Several("dele-ignored").play("C: QUIT\nS: +OK ...\n(close)")


def test_dele_ignored_only_once() -> None:
    several = Several("QUIT nth=1 -> dele-ignored")
    several.visit(DELE)
    several.visit(UIDL + DELE)
    assert several.uids == ["2"]


def test_counts_after_dele_as_the_rfc_says() -> None:
    quirky("counts-after-dele", transcript=LOGIN + DELE + "C: STAT\nS: +OK 1 33\n")


def test_counts_after_dele_counted() -> None:
    several = Several("counts-after-dele counted")
    several.visit(
        DELE
        + """
        C: STAT
        S: +OK 2 56
        C: LIST
        S: +OK ...
        S: 1 23
        S: 2 33
        S: .
        """
        + UIDL
        + """
        C: LIST 1
        S: -ERR ...
        C: UIDL 2
        S: +OK 2 2
        C: RETR 1
        S: -ERR ...
        """
    )
    assert several.uids == ["2"]


def test_dele_err() -> None:
    several = Several("DELE 1 -> dele-err")
    several.visit(
        """
        C: DELE 1
        S: -ERR the maildrop is read-only
        C: STAT
        S: +OK 2 56
        C: DELE 2
        S: +OK ...
        """
    )
    assert several.uids == ["1"]
    quirky('dele-err "no, \\"never\\""', transcript=LOGIN + 'C: DELE 1\nS: -ERR no, "never"')


def test_dele_drop() -> None:
    several = Several("DELE nth=2 -> dele-drop")
    several.play(LOGIN + DELE + "C: DELE 2\n(reset)")
    several.visit("C: STAT\nS: +OK 2 56\n")
    quirky("dele-drop close", transcript=LOGIN + "C: DELE 1\n(close)")


def test_rset_side_effects_err() -> None:
    several = Several("rset-side-effects")
    several.visit(DELE + "C: RSET\nS: -ERR RSET failed\n")
    assert several.uids == ["2"]


def test_rset_side_effects_uids() -> None:
    several = Several("rset-side-effects uids", store=memory(ONE, TWO))
    several.visit(
        UIDL
        + DELE
        + """
        C: RSET
        S: +OK ...
        C: UIDL
        S: +OK ...
        S: 1 75c124fae7a8b8b89183d4de196613b3
        S: 2 31371f199688ae40ba84c37a303411be
        S: .
        C: UIDL 1
        S: +OK 1 75c124fae7a8b8b89183d4de196613b3
        C: UIDL 9
        S: -ERR ...
        """
    )
    several.visit(UIDL)
