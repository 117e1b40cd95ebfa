"""What a client may send: commands right and wrong, garbage, and where it is cut."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pop3lab.core.command import COMMANDS
from tests.fuzz.grounds import PASSWORDS, PLAIN
from tests.fuzz.seeds import DIALOGUES

NOT_STLS = sorted(COMMANDS.keys() - {"STLS"})
ARGUMENTS = (
    *("0", "1", "2", "6", "7", "01", "0000000001", "00000000001", "-1", "+1", "1.", "0x1", "1e0"),
    *("99999999999999999999", "*", "en", "EN", "=", "ann", "bob", "guest", "nobody", "\u017ft"),
    *(PASSWORDS["ann"], PASSWORDS["bob"], PLAIN, "AAAA", "PLAIN", "LOGIN", "CRAM-MD5"),
    *("SCRAM-SHA-256", "SCRAM-SHA-1", "ANONYMOUS", "EXTERNAL", "\u0661", "\x7f", "\x00", "\t"),
)
_CASES = (str, str.lower, str.title)


def _line(verb: str, words: list[str], case: int, end: bytes) -> bytes:
    return _CASES[case](" ".join([verb, *words])).encode("utf-8", "surrogatepass") + end


def lines(verbs: list[str]) -> SearchStrategy[bytes]:
    """A command line, as likely right as wrong."""
    arguments = st.sampled_from(ARGUMENTS) | st.text(max_size=4)
    return st.builds(
        _line,
        st.sampled_from(verbs),
        st.lists(arguments, max_size=3),
        st.integers(0, len(_CASES) - 1),
        st.sampled_from([b"\r\n", b"\r\n", b"\n", b" \r\n", b"\r\r\n", b"\0\r\n"]),
    )


GARBAGE = (
    st.binary(max_size=12)
    | st.sampled_from([b"\r\n", b"\n", b"\r", b"\n\n", b"+OK\r\n", b".\r\n", b"\xff\xfb\x01\r\n"])
    | st.builds(
        lambda octet, times: octet * times, st.binary(min_size=1, max_size=2), st.integers(50, 350)
    )
)


def streams(verbs: list[str]) -> SearchStrategy[bytes]:
    """All that a client sends."""
    piece = st.sampled_from(DIALOGUES) | lines(verbs) | GARBAGE
    return st.lists(piece, max_size=12).map(b"".join)


PLACES = st.lists(st.integers(0, 2000), max_size=8)
