import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import ConfigError
from pop3lab.observe.expectations import compare_commands, compare_dialogue
from pop3lab.observe.transcript import parse

DAY = ["USER ann", "PASS ****", "STAT", "RETR 1", "RETR 2", "QUIT"]


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


@pytest.mark.parametrize(
    ("pattern", "commands"),
    [
        ("", ""),
        ("USER, PASS, STAT, RETR, RETR, QUIT", ", ".join(DAY)),
        ("user, Pass, stat, retr, retr, quit", ", ".join(DAY)),
        ("USER", "user ann"),
        ("USER", "USER"),
        ("RETR 2", "retr 2"),
        ("RETR *", "RETR 2"),
        ("TOP * 0", "TOP 3 0"),
        ("USER ann, PASS secret", "USER ann, PASS ****"),
        ("APOP ann 0123abcd", "APOP ann ****"),
        ("*", "NOOP"),
        ("* 2", "DELE 2"),
        ("*, *", "NOOP, RETR 2"),
        ("...", ""),
        ("...", "NOOP"),
        ("..., QUIT", "NOOP, QUIT, NOOP, QUIT"),
        ("USER, ..., QUIT", "USER x, QUIT"),
        ("..., ...", "NOOP"),
        ("UIDL?", ""),
        ("UIDL?, QUIT", "UIDL, QUIT"),
        ("UIDL?, UIDL", "UIDL"),
        ("RETR+", "RETR 1"),
        ("RETR+, RETR 3, QUIT", "RETR 1, RETR 2, RETR 3, QUIT"),
        ("RETR *+", "RETR 1, RETR 2"),
        ("RETR*", ""),
        ("RETR*", "RETR 1, RETR 2"),
        ("RETR **", "RETR 1, RETR 2"),
        ("RETR *?, QUIT", "QUIT"),
        ("CAPA|AUTH", "CAPA"),
        ("CAPA|AUTH", "auth"),
        ("CAPA | AUTH *?, QUIT", "AUTH PLAIN, QUIT"),
        ("RETR 1|TOP 1 0+", "TOP 1 0, RETR 1"),
        ("*+, QUIT", "NOOP, NOOP, QUIT"),
        ("XTND", "XTND XMIT"),
    ],
)
def test_as_expected(pattern: str, commands: str) -> None:
    assert compare_commands(words(pattern), words(commands)) is None


@pytest.mark.parametrize(
    ("pattern", "commands", "marks"),
    [
        ("", "NOOP", "+NOOP"),
        ("USER", "", "-USER"),
        ("RETR 2", "RETR 1", "-RETR 2 +RETR 1"),
        ("RETR 2", "RETR", "-RETR 2 +RETR"),
        ("RETR 2", "RETR 2 3", "-RETR 2 +RETR 2 3"),
        ("RETR *", "RETR", "-RETR * +RETR"),
        ("RETR *", "RETR 1 2", "-RETR * +RETR 1 2"),
        ("RETR 2", "RETR  2", "-RETR 2 +RETR  2"),
        ("USER Ann", "USER ann", "-USER Ann +USER ann"),
        ("USER", "USERS", "-USER +USERS"),
        ("*", "", "-*"),
        ("*", "NOOP, STAT", " NOOP +STAT"),
        ("RETR+", "", "-RETR+"),
        ("UIDL?", "UIDL, UIDL", " UIDL +UIDL"),
        ("CAPA|AUTH", "STLS", "-CAPA|AUTH +STLS"),
        ("..., QUIT", "QUIT, NOOP", " QUIT  NOOP -QUIT"),
        ("USER, ..., QUIT", "USER x, STAT", " USER x  STAT -QUIT"),
        (
            "USER, PASS, UIDL, RETR+, QUIT",
            ", ".join(DAY),
            " USER ann  PASS **** -UIDL +STAT  RETR 1  RETR 2  QUIT",
        ),
        ("STAT, LIST, QUIT", "STAT, UIDL, LIST, QUIT", " STAT +UIDL  LIST  QUIT"),
        ("NOOP, NOOP", "NOOP", " NOOP -NOOP"),
        ("NOOP", "NOOP, NOOP", " NOOP +NOOP"),
    ],
)
def test_not_as_expected(pattern: str, commands: str, marks: str) -> None:
    mismatch = compare_commands(words(pattern), words(commands))
    assert mismatch
    assert " ".join(row.mark + row.text for row in mismatch.rows) == marks


@pytest.mark.parametrize(
    ("pattern", "commands", "told"),
    [
        (
            ["USER", "PASS", "UIDL", "RETR+", "QUIT"],
            ["USER ann", "PASS ****", "LIST", "RETR 1", "RETR 2"],
            """
session 3: expected UIDL, got LIST (- expected, + actual)
    USER ann
    PASS ****
  - UIDL   <- the first difference
  + LIST
    RETR 1
    RETR 2
  - QUIT""",
        ),
        (
            ["USER", "...", "STAT", "QUIT"],
            ["USER ann", *["NOOP"] * 100, "QUIT"],
            """
session 3: expected STAT, got QUIT (- expected, + actual)
    (98 more)
    NOOP
    NOOP
    NOOP
  - STAT   <- the first difference
    QUIT""",
        ),
        (
            ["QUIT"],
            ["QUIT", "NOOP"],
            """
session 3: unexpected NOOP (- expected, + actual)
    QUIT
  + NOOP   <- the first difference""",
        ),
        (
            ["STAT", *["NOOP"] * 9],
            ["NOOP"] * 9,
            """
session 3: expected STAT, got NOOP (- expected, + actual)
  - STAT   <- the first difference
    NOOP
    NOOP
    NOOP
    (6 more)""",
        ),
        (
            ["STAT", "LIST"],
            ["QUIT"],
            """
session 3: expected STAT, got QUIT (- expected, + actual)
  - STAT   <- the first difference
  - LIST
  + QUIT""",
        ),
        (
            ["USER"],
            [],
            """
session 3: expected USER, got nothing more (- expected, + actual)
  - USER   <- the first difference""",
        ),
    ],
)
def test_a_mismatch_is_a_diff_that_says_where(
    pattern: list[str], commands: list[str], told: str
) -> None:
    assert str(compare_commands(pattern, commands, session=3)) == told.strip("\n")


def test_without_a_number_the_session_has_none() -> None:
    assert str(compare_commands(["USER"], [])).startswith("the session: expected USER")


def test_long_commands_are_not_shown_in_full() -> None:
    assert len(str(compare_commands([], ["x" * 100_000]))) < 500


@pytest.mark.parametrize(
    "item", ["", " ", "CAPA|", "|", "C: NOOP", "S: +OK", "RETR ...", "... QUIT", "NOOP|..."]
)
def test_an_item_that_says_nothing_is_refused(item: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a command to expect: write `RETR`, "):
        compare_commands(["NOOP", item], [])


def test_a_text_is_no_list() -> None:
    with pytest.raises(ConfigError, match=r"write \['USER'\]"):
        compare_commands("USER", ["USER ann"])


@pytest.mark.parametrize(
    "pattern",
    [
        ["..."] * 60,
        ["*+"] * 60,
        ["NOOP?"] * 60 + ["NOOP"] * 60,
        ["NOOP|STAT+"] * 60,
        ["...", "NOOP"] * 30,
        ["NOOP*", "NOOP?", "..."] * 30,
    ],
)
def test_no_pattern_takes_long(pattern: list[str]) -> None:
    assert compare_commands([*pattern, "QUIT"], ["NOOP"] * 200 + ["RSET"])


@pytest.mark.slow
def test_long_sessions_take_no_long_time() -> None:
    commands = [f"RETR {number}" for number in range(20_000)]
    assert compare_commands(commands, commands) is None
    assert compare_commands([*commands, "QUIT"], [*commands, "NOOP"])
    assert compare_commands(["NOOP", *commands], ["STAT", *commands])
    assert compare_commands(["RETR+", "QUIT"], commands)


@pytest.mark.slow
def test_where_all_differs_it_takes_no_long_time_and_no_long_report() -> None:
    expected, came = ([f"{verb} {n}" for n in range(20_000)] for verb in ("RETR", "DELE"))
    mismatch = compare_commands(["USER", *expected], ["USER ann", *came])
    assert mismatch
    assert [row.text for row in mismatch.rows if row.mark != "-"] == ["USER ann", *came]
    told = str(mismatch)
    assert told.startswith("the session: expected RETR 0, got DELE 0")
    assert told.count("\n") < 100


@pytest.mark.slow
def test_a_long_dialogue_is_never_taken_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = "S: text\n" * 200
    came = parse("".join(f"C: RETR {n}\nS: +OK\n{texts}S: .\n" for n in range(100)))
    open_ = "".join(f"C: RETR {n}\nS: ...\n" for n in range(100))
    for most in (300_000, 1000):
        monkeypatch.setattr("pop3lab.observe.alignment._MOST", most)
        assert compare_dialogue(open_, came) is None
        mismatch = compare_dialogue(f"{open_}C: QUIT", came)
        assert str(mismatch).startswith("the session: expected C: QUIT, got nothing more")


COMMANDS = st.lists(st.sampled_from(["A", "B", "C"]), max_size=6)
ITEMS = st.lists(st.sampled_from(["A", "B", "A?", "B+", "A|C", "*", "...", "C*"]), max_size=5)


def matches(pattern: list[str], commands: list[str]) -> bool:
    """The meaning of a pattern, in the plainest way."""
    if not pattern:
        return not commands
    item, rest = pattern[0], pattern[1:]
    least = 0 if item[-1] in "?.*" and item != "*" else 1
    most = len(commands) if item[-1] in "+.*" and item != "*" else 1
    takes = {"*": "ABC", "...": "ABC"}.get(item, item)
    return any(
        all(command in takes for command in commands[:many]) and matches(rest, commands[many:])
        for many in range(least, min(most, len(commands)) + 1)
    )


@given(ITEMS, COMMANDS)
def test_patterns_mean_what_they_say(pattern: list[str], commands: list[str]) -> None:
    mismatch = compare_commands(pattern, commands)
    assert (mismatch is None) == matches(pattern, commands)
    if mismatch:
        assert [row.text for row in mismatch.rows if row.mark != "-"] == commands


SESSION = parse("""
    (connection opened from 192.0.2.1:5)
    S: +OK ready <1.2@pop3lab>
    C: user ann
    S: +OK your password
    C: PASS ****
    S: +OK maildrop has 1 message
    (rule: RETR 1 -> delay 1)
    C: RETR 1
    S: +OK 7 octets
    S: Subject: one
    S: ...
    S: .
    C| QUIT\\n
    S: +OK so long
    (close)
""")


@pytest.mark.parametrize(
    "expected",
    [
        "\n".join(map(str, SESSION)),
        """
        S: +OK...
        C: USER ann
        S: +OK your...
        C: pass secret
        S: +OK maildrop has 1 message
        C: RETR 1
        S: +OK 7...
        S: ...
        S: .
        C| QUIT\\n
        S: ...
        """,
        "C: USER ann\nC: PASS ****\nC: RETR 1\nC| QUIT\\n",
        "C: USER...\nC: PASS...\n(rule: ...)\nC: RETR 1\nC| QUIT\\n\n",
        "S: ...",
        "(close)",
        "3 0.000 S: ...\n3 9.000 (close)",
        "",
    ],
)
def test_a_dialogue_as_expected(expected: str) -> None:
    assert compare_dialogue(expected, SESSION) is None


def test_a_dialogue_that_is_not_as_expected() -> None:
    expected = """
        S: +OK...
        C: USER bob
        S: +OK...
        C: PASS secret
        S: -ERR...
        C: RETR 1
        S: ...
        C: QUIT
        S: +OK so long
        (reset)
    """
    assert str(compare_dialogue(expected, SESSION, session=2)).splitlines() == [
        "session 2: expected C: USER bob, got C: user ann (- expected, + actual)",
        "    S: +OK ready <1.2@pop3lab>",
        "  - C: USER bob   <- the first difference",
        "  + C: user ann",
        "    S: +OK your password",
        "    C: PASS ****",
        "  - S: -ERR...",
        "  + S: +OK maildrop has 1 message",
        "    C: RETR 1",
        "    S: +OK 7 octets",
        "    S: Subject: one",
        "    S: ...",
        "    S: .",
        "  - C: QUIT",
        "  + C| QUIT\\n",
        "    S: +OK so long",
        "  - (reset)",
    ]


@pytest.mark.parametrize(
    ("expected", "came", "same"),
    [
        ("C: PASS secret", "C: PASS ****", True),
        ("C: PASS ****", "C: PASS secret", True),
        ("C: PASS secret", "C: PASS secret", True),
        ("C: PASS secret", "C: PASS other", False),
        ("C: PASS ****", "C| PASS ****\\n", False),
        ("C: APOP ann 0123", "C: APOP ann ****", True),
        ("C: APOP bob 0123", "C: APOP ann ****", False),
        ("C: AGFubgBzZWNyZXQ=", "C: ****", True),
        ("C: NOOP", "C: ****", False),
        ("S: PASS secret", "S: PASS ****", False),
        ("S: +OK ", "S: +OK", False),
        ("S: +ok", "S: +OK", False),
        ("S: ...", "S| half", True),
        ("S: +OK...", "S| +OK half", True),
        ("S| +OK...", "S: +OK", True),
        ("C: ...", "C: NOOP", True),
        ("C: ...", "C: NOOP\nC: NOOP", False),
    ],
)
def test_lines_that_are_the_same(expected: str, came: str, same: bool) -> None:
    assert (compare_dialogue(expected, parse(came)) is None) == same


def test_an_expectation_is_of_one_session() -> None:
    with pytest.raises(ConfigError, match=r"lines of \[1, 2\]"):
        compare_dialogue("1 0.000 C: NOOP\n2 0.000 C: NOOP", [])
    with pytest.raises(ConfigError, match=r"^line 1: .* did you mean `C: NOOP`\?"):
        compare_dialogue("C:NOOP", [])
    with pytest.raises(ConfigError, match=r"^line 1: 'NOOP' is not a dialogue; .*\['NOOP'\]"):
        compare_dialogue("NOOP", [])


@pytest.mark.parametrize(
    ("item", "came", "same"),
    [
        ("PAS my secret", "PAS ****", True),
        ("LOGIN ann secret", "LOGIN ****", True),
        ("LOGIN", "LOGIN ****", True),
        ("LOGIN ann", "LOGIN bob ****", False),
        ("c2VjcmV0", "****", True),
        ("STAT", "****", False),
        ("RETR 1 2", "RETR 1", False),
    ],
)
def test_what_is_hidden_may_be_several_words(item: str, came: str, same: bool) -> None:
    assert (compare_commands([item], [came]) is None) is same
