"""Much of it: many messages, and large ones. These run only if they are asked for."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.marked import many, single, sized

_MANY_WHY = "People keep mail for years. What is quick with ten messages may never end with these."
_LARGE_WHY = "Large files are sent by mail. A client that copies them often takes all the memory."
_ALL = "Fetch and delete all. The report says how long it took, and how much memory."

_MUCH: Mapping[str, Any] = {"fail": "MISSING FAILED ALTERED", "info": "FIGURES"}

SCALE_CASES = (
    Case(
        number="18.01",
        id="scale/many-1k",
        situation="There are 1,000 messages of 1 KiB.",
        why=_MANY_WHY,
        expected=_ALL,
        messages=sized(1000, 1024),
        source="curl test993",
        **_MUCH,
    ),
    Case(
        number="18.02",
        id="scale/many-100k-list",
        situation="100,000 messages are listed.",
        why=_MANY_WHY,
        expected="End well, or at a limit; take little memory.",
        rules="*: list-huge 100000",
        operation="keep",
        most_memory=1 << 30,
        info="FIGURES FAILED",
        source="the limit of NeoMutt",
    ),
    Case(
        number="18.03",
        id="scale/uidl-1m",
        situation="1,000,000 messages are listed.",
        why=_MANY_WHY,
        expected="End well, or at a limit; take little memory.",
        rules="*: list-huge 1000000",
        operation="keep",
        most_memory=1 << 30,
        warn="GREW",
        info="FIGURES FAILED",
        source="jakartaee mail-api#26",
    ),
    Case(
        number="18.04",
        id="scale/big-100m",
        situation="A message has 100 MiB.",
        why=_LARGE_WHY,
        expected=_ALL,
        messages=single(100 << 20),
        warn="GREW",
        **_MUCH,
    ),
    Case(
        number="18.05",
        id="scale/big-1g",
        situation="A message has 1 GiB.",
        why=_LARGE_WHY,
        expected=_ALL,
        messages=single(1 << 30),
        warn="GREW",
        **_MUCH,
    ),
    Case(
        number="18.06",
        id="scale/speed",
        situation="There are 2,000 messages of 100 KiB.",
        why="The time of a first fetch is what people wait for.",
        expected=_ALL,
        messages=sized(2000, 100 << 10),
        **_MUCH,
    ),
    Case(
        number="18.07",
        id="scale/second-run-10k",
        situation="10,000 messages are kept, and fetched again.",
        why="A client looks every few minutes. What it knows must not cost time each time.",
        clause="RFC 1939 section 7 (UIDL)",
        expected="Fetch nothing in the second run.",
        messages=many(10_000),
        operation="keep",
        runs=2,
        fail="TWICE MISSING FAILED",
        info="FIGURES",
    ),
)
