"""TOP, for the clients that look at messages before they fetch them."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.marked import many, second_of

_TOP = "RFC 1939 section 7"
_BAD_WHY = "TOP need not be there, nor be right. Mail must come all the same."
_CUT_WHY = "A client that fetches by TOP what it could fetch by RETR delivers parts."

_LOOK: Mapping[str, Any] = {"clause": _TOP, "reached": "TOP"}

TOP_CASES = (
    Case(
        number="12.01",
        id="top/unsupported",
        situation="TOP is an unknown command.",
        why=_BAD_WHY,
        expected="Fetch all without it.",
        rules="*: top-unsupported",
        operation="keep",
        fail="MISSING FAILED HANG",
        source="neomutt#2707",
        **_LOOK,
    ),
    Case(
        number="12.02",
        id="top/returns-all",
        situation="TOP sends the whole message, whatever number of lines is asked for.",
        why=_BAD_WHY,
        expected="Read to the final dot, and fetch all.",
        rules="*: top-returns-all",
        operation="keep",
        fail="DESYNC MISSING",
        source="stalwart#3165",
        **_LOOK,
    ),
    Case(
        number="12.03",
        id="top/ten-lines",
        situation="TOP sends ten lines, whatever number is asked for.",
        why=_CUT_WHY,
        expected="Deliver whole messages.",
        rules="*: top-line-count-wrong lines=10",
        fail="PART MISSING",
        source="usa.net",
        **_LOOK,
    ),
    Case(
        number="12.04",
        id="top/cut-64k",
        situation="TOP is cut at 64 KiB, and message 2 is larger.",
        why=_CUT_WHY,
        expected="Deliver whole messages.",
        rules="*: top-line-count-wrong octets=65536",
        messages=second_of(100_000),
        fail="PART MISSING",
        source="Maillennium",
        **_LOOK,
    ),
    Case(
        number="12.05",
        id="top/marks-seen",
        situation="What TOP has shown is hidden in later sessions.",
        why="Looking is not fetching. On such a server, who only looked loses sight of mail.",
        expected="Fetch in the same session what was looked at.",
        rules="*: top-marks-seen",
        messages=many(5),
        runs=2,
        warn="LOST",
        info="MISSING UNDELETED",
        source="SpryNet",
        **_LOOK,
    ),
    Case(
        number="12.06",
        id="top/differs",
        situation="TOP shows a field that RETR does not have.",
        why="A client that knows messages by their headers takes one for two.",
        expected="Deliver nothing twice.",
        rules="*: top-differs-from-retr",
        operation="keep",
        runs=2,
        fail="MISSING",
        warn="TWICE",
        source="Exchange; UW",
        **_LOOK,
    ),
)
