"""Whole servers, each with all of its peculiarities, in several runs."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.marked import many

_WHY = "Many people have their mail on this server. All of it must come, and come once."
_ONCE = "Deliver each message once, and lose nothing."

_SERVER: Mapping[str, Any] = {"why": _WHY, "expected": _ONCE}
_USUAL: Mapping[str, Any] = {**_SERVER, "runs": 2, "fail": "MISSING FAILED", "warn": "TWICE"}

PROFILE_CASES = (
    Case(
        number="20.01",
        id="profile/gmail",
        situation="The server is Gmail, which shows a message once, and deletes by its own rules.",
        profile="gmail",
        tls="implicit",
        operation="keep",
        runs=5,
        fail="MISSING",
        warn="TWICE",
        info="FAILED DELETED",
        **_SERVER,
    ),
    Case(
        number="20.02",
        id="profile/outlook",
        situation="The server is that of Outlook.com and Office 365.",
        profile="outlook-o365",
        tls="implicit",
        auth="xoauth2",
        operation="keep",
        runs=3,
        warn="MISSING FAILED TWICE",
        **_SERVER,
    ),
    Case(
        number="20.03",
        id="profile/exchange",
        situation="The server is Exchange, which estimates sizes.",
        profile="exchange2010",
        runs=3,
        fail="MISSING",
        warn="TWICE FAILED",
        **_SERVER,
    ),
    Case(
        number="20.04",
        id="profile/yahoo",
        situation="The server is that of Yahoo and AT&T.",
        profile="yahoo-att",
        rules="*: retr-err-one number=1",
        messages=many(5),
        tls="implicit",
        runs=3,
        concerned=frozenset({1}),
        fail="STUCK",
        info="SKIPPED",
        **_SERVER,
    ),
    Case(
        number="20.05",
        id="profile/gmx",
        situation="The server is that of GMX and WEB.DE.",
        profile="gmx-nemesis",
        tls="implicit",
        operation="keep",
        runs=3,
        fail="MISSING",
        warn="TWICE",
        **_SERVER,
    ),
    Case(
        number="20.06",
        id="profile/dovecot",
        situation="The server is Dovecot.",
        profile="dovecot",
        **_USUAL,
    ),
    Case(
        number="20.07",
        id="profile/courier",
        situation="The server is Courier.",
        profile="courier",
        **_USUAL,
    ),
    Case(
        number="20.08",
        id="profile/cyrus",
        situation="The server is Cyrus.",
        profile="cyrus",
        **_USUAL,
    ),
    Case(
        number="20.09",
        id="profile/uw",
        situation="The server is ipop3d of the University of Washington, which adds status fields.",
        profile="uw-ipop3d",
        **_USUAL,
    ),
    Case(
        number="20.10",
        id="profile/popa3d",
        situation="The server is popa3d, which says as little as it can.",
        profile="popa3d",
        **_USUAL,
    ),
    Case(
        number="20.11",
        id="profile/netease",
        situation="The server is that of 163.com, which limits what a session may fetch.",
        profile="netease-163",
        messages=many(25),
        runs=5,
        fail="MISSING",
        warn="TWICE UNDELETED",
        **_SERVER,
    ),
    Case(
        number="20.12",
        id="profile/maillennium",
        situation="The server is that of Comcast, which cuts what TOP sends.",
        profile="maillennium",
        operation="keep",
        runs=3,
        fail="MISSING PART",
        warn="TWICE",
        **_SERVER,
    ),
    Case(
        number="20.13",
        id="profile/zimbra",
        situation="The server is Zimbra.",
        profile="zimbra",
        **_USUAL,
    ),
    Case(
        number="20.14",
        id="profile/av-proxy",
        situation="A virus scanner stands between, and changes what it passes on.",
        profile="av-proxy",
        runs=2,
        fail="PART MISSING",
        **_SERVER,
    ),
    Case(
        number="20.15",
        id="profile/stalwart",
        situation="The server is Stalwart.",
        profile="stalwart",
        **_USUAL,
    ),
)
