"""Forty right uses of behaviours as functions, as in a test of somebody who has pop3lab installed.

All are checked by test_uses.py, with mypy, and are run there.
"""

from pop3lab import Effect, Pop3Server, attacks, catalogue, faults, quirks

EFFECTS: list[Effect] = [
    faults.cut_after(512),
    faults.cut_after(512, "reset"),
    faults.cut_after(512, then="reset"),
    faults.cut_after(octets=0, then="go-on"),
    faults.drop_terminator(),
    faults.drop_after_dot(then="half-close"),
    faults.replace(b"xyz"),
    faults.replace("xyz", skip=3),
    faults.insert(b"\r\n", 7),
    faults.remove(),
    faults.remove(3, skip=9),
    faults.corrupt(octets=2),
    faults.close(at="end"),
    faults.reset(),
    faults.stall(float("inf")),
    faults.stall(2, "end"),
    faults.drop_at_quit("never", then="reset"),
    faults.delay(0.2),
    faults.delay(1, jitter=0.5, at="end"),
    faults.throttle(rate=512),
    faults.slice("terminator"),
    faults.slice((3, 14), gap=0.01),
    faults.reply("-ERR [IN-USE] wait"),
    faults.reply(b"+OK", then="close"),
    faults.unasked_line(b"+OK", gap=1),
    faults.tls_alert("unknown_ca", level="warning"),
    quirks.uidl_unsupported(),
    quirks.uidl_empty(),
    quirks.uidl_empty(2),
    quirks.uidl_empty([1, 2], form="bare"),
    quirks.uidl_duplicate((1, 3), uid=b"same"),
    quirks.uidl_separator(gap=b"\t"),
    quirks.uidl_single_form("other", number=7),
    quirks.uidl_hostile_chars("path"),
    quirks.uidl_dot_line(stuffed=False),
    quirks.size_estimate(factor=1.5),
    quirks.login_delay(60, form="code", text="too soon"),
    attacks.uidl_overflow(octets=100),
    attacks.cert_expired(),
    attacks.line_endless("LIST", part="status"),
]


def servers(server: Pop3Server) -> None:
    """What a server takes, and what it returns."""
    Pop3Server(["one", b"two"], users={"ann": "secret"}, tls="implicit", idle=0.5)
    Pop3Server({"ann": 3}, tokens={"t": "ann", "u": ["ann", "bob"]}, quirks=["top-unsupported"])
    one: str = server.add("Subject: one", uid="A-1", user="ann")
    several: list[str] = server.add(["Subject: one", b"Subject: two"])
    server.add_user(one, several[0])
    server.set_password("ann", "other")
    server.add_token("t", ["ann"])
    server.clear("ann")
    with server.when("RETR", 2, nth="2..", tls=True).do("reset", times=1) as rule:
        hits: int = rule.hits
    server.wait(sessions=hits, deleted=["1"], commands={"RETR": 1})
    subject: str = server.messages[0].parsed["Subject"]
    assert subject


def uses() -> None:
    """The effects in a rule, and what is known of them."""
    with Pop3Server() as server:
        server.when("RETR", 2).do(faults.cut_after(512, then="reset"))
    quirk = catalogue.quirks()[0]
    names: list[str] = [quirk.name, *(parameter.name for parameter in quirk.parameters)]
    assert names
