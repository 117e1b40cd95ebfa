"""What each reply says; other tests have `...`, or a name of tests/wording.py."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pop3lab.core
from pop3lab.core.actions import Proof
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.errors import StoreFailed, TooMany
from pop3lab.core.sasl import Channel
from tests import wording
from tests.core.test_extensions import UTF8_HEADER
from tests.core.test_extensions import session as extended
from tests.core.test_not_sent import FailingStore
from tests.dialogue import ONE, TIMESTAMP, logged_in, memory, play, session

TESTS = Path(__file__).parents[1]
TABLE = {name: text for name, text in vars(wording).items() if name.isupper()}

LOGIN = f"""
    C: USER ann
    S: {wording.PASSWORD_NEXT}
    C: PASS secret
"""


def test_greeting() -> None:
    play(session(), f"S: {wording.READY} {TIMESTAMP}", greet=True)


@pytest.mark.parametrize(
    ("messages", "opened", "listed"),
    [
        ([], "+OK maildrop has 0 messages (0 octets)", wording.NONE_LISTED),
        ([ONE], wording.OPEN_ONE, wording.ONE_LISTED),
    ],
)
def test_how_many_messages_there_are(messages: list[bytes], opened: str, listed: str) -> None:
    played = session(memory(*messages))
    play(played, f"{LOGIN}\nS: {opened}\nC: RSET\nS: {listed}")


def test_after_login() -> None:
    play(
        session(),
        f"""
        {LOGIN}
        S: {wording.OPEN_TWO}
        C: LIST
        S: {wording.TWO_LISTED}
        S: 1 23
        S: 2 33
        S: .
        C: UIDL
        S: {wording.UIDS_FOLLOW}
        S: 1 1
        S: 2 2
        S: .
        C: TOP 1 0
        S: {wording.TOP_FOLLOWS}
        S: Subject: one
        S:
        S: .
        C: NOOP
        S: {wording.NOTHING_DONE}
        C: RETR 3
        S: {wording.NO_SUCH_MESSAGE}
        C: RETR x
        S: {wording.NO_DECIMAL}
        C: DELE
        S: {wording.ONE_ARGUMENT}
        C: DELE 1
        S: {wording.DELETED_ONE}
        C: DELE 2
        S: {wording.DELETED_TWO}
        C: LIST 2
        S: {wording.IS_DELETED}
        C: USER ann
        S: {wording.NOT_AFTER_LOGIN}
        C: QUIT now
        S: {wording.NO_ARGUMENT}
        C: QUIT
        S: {wording.BYE}
        (close)
        """,
    )


def test_how_many_messages_are_left() -> None:
    left = f"S: {wording.ONE_LISTED.replace('23', '33')}"
    play(
        logged_in(),
        f"C: DELE 1\nS: +OK ...\nC: LIST\n{left}\nS: 2 33\nS: .\nC: DELE 2\nS: +OK ...\n"
        f"C: LIST\nS: {wording.NONE_LISTED}\nS: .\nC: RSET\nS: {wording.TWO_LISTED}",
    )


def test_before_login() -> None:
    play(
        session(),
        f"""
        C: STAT
        S: {wording.LOG_IN_FIRST}
        C: XYZZY
        S: {wording.UNKNOWN}
        C: PASS secret
        S: {wording.PASS_AFTER_USER}
        C: APOP ann
        S: {wording.TWO_ARGUMENTS}
        C: APOP ann 0123456789abcdef0123456789abcdef
        S: {wording.FAILED}
        C: NOOP {"x" * 255}
        S: {wording.LINE_TOO_LONG}
        """,
    )


def test_an_argument_of_nothing() -> None:
    play(session(), "C: APOP ann \nS: " + wording.EMPTY_ARGUMENT)


def test_extensions() -> None:
    play(
        extended(),
        f"""
        C: UTF8
        S: {wording.NO_UTF8}
        C: LANG
        S: {wording.LANGUAGES_FOLLOW}
        S: en English
        S: .
        C: LANG en
        S: {wording.ENGLISH}
        C: LANG xx
        S: {wording.NO_LANGUAGE}
        C: AUTH
        S: {wording.ONE_OR_TWO_ARGUMENTS}
        C: AUTH XYZZY
        S: {wording.NO_MECHANISM}
        C: AUTH LAST eA==
        S: {wording.NO_INITIAL_RESPONSE}
        C: AUTH FIRST !
        S: {wording.NO_BASE64}
        C: AUTH FIRST =
        S: {wording.MALFORMED}
        C: AUTH FIRST
        S: +\x20
        C: *
        S: {wording.CANCELLED}
        C: AUTH FIRST
        S: +\x20
        C: {"A" * 65_536}
        S: {wording.RESPONSE_TOO_LONG}
        C: STLS
        S: {wording.BEGIN_TLS}
        (start TLS)
        """,
    )


def test_capa() -> None:
    play(extended(), f"C: CAPA\nS: {wording.CAPABILITIES_FOLLOW}\nS: ...")


def test_with_tls_and_without_it() -> None:
    play(extended(channel=Channel(secure=True)), f"C: STLS\nS: {wording.TLS_IS_ACTIVE}")
    play(extended(capabilities=ServerCapabilities()), f"C: STLS\nS: {wording.NO_TLS}")
    play(extended(channel=Channel(clear=False)), f"C: USER ann\nS: {wording.NOT_IN_CLEAR}")


def test_what_is_no_tls_behind_stls() -> None:
    play(extended(), f"C| STLS\\r\\nNOOP\\r\\n\nS: {wording.ONLY_TLS}\n(close)")


def test_a_line_without_end() -> None:
    play(session(limits=Limits(drain=300)), f"C| {'x' * 100_000}\nS: {wording.ENDLESS}\n(close)")


def test_utf8() -> None:
    played = extended(memory(UTF8_HEADER), ServerCapabilities(utf8=True))
    login = f"{LOGIN}\nS: +OK ...\n"
    play(played, f"{login}C: RETR 1\nS: {wording.NEEDS_UTF8}")
    play(
        extended(capabilities=ServerCapabilities(utf8=True)), f"C: UTF8\nS: {wording.UTF8_ENABLED}"
    )


def test_what_could_not_be_retrieved() -> None:
    played = logged_in(FailingStore(StoreFailed("no"), None))
    play(played, f"C: RETR 1\nS: -ERR [SYS/TEMP] no\nC: DELE 1\nS: {wording.NOT_RETRIEVED}")


def test_in_use() -> None:
    store = memory(ONE)
    first = logged_in(store)
    play(session(store, limits=Limits(busy=0)), f"{LOGIN}\nS: {wording.IN_USE}")
    assert not first.over


def test_too_many_logins() -> None:
    with pytest.raises(TooMany) as caught:
        assert Proof(lambda: "ann").user
    assert f"-ERR [{caught.value.code}] {caught.value}" == wording.TOO_MANY_LOGINS


def test_each_text_of_the_core_is_in_the_table() -> None:
    assert [text for text in texts() if not any(text in known for known in TABLE.values())] == []


def texts() -> Iterator[str]:
    """The texts of replies and refusals in the core; of one with figures, what is around them."""
    for module in Path(next(iter(pop3lab.core.__path__))).glob("*.py"):
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and called(call) in SAYING:
                said = (arg for arg in call.args if not isinstance(arg, ast.Call))
                for part in (part for arg in said for part in ast.walk(arg)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value.strip(" ()")


SAYING = {"ok", "err", "listing", "Reply", "NotUnderstood", "WrongState", "NoSuchMessage"}
SAYING |= {"NotSent", "NeedsUTF8", "TooMany", "LoginFailed"}


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_no_wording_stands_in_any_other_test() -> None:
    patterns = [re.sub(r"\d+", r"\\d+", re.escape(text)) for text in TABLE.values()]
    any_wording = re.compile(f"(?:{'|'.join(patterns)})(?! [a-z])")
    found = {
        f"{path.relative_to(TESTS)}: {match[0]}"
        for path in TESTS.rglob("*.py")
        if path not in (Path(wording.__file__), Path(__file__))
        for match in any_wording.finditer(path.read_text(encoding="utf-8"))
    }
    assert sorted(found) == []
