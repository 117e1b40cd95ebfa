"""Generated conditions, as they are written."""

from hypothesis import strategies as st

from pop3lab.rules.tokens import shown

VERBS = ("RETR", "LIST", "QUIT", "CONNECT", "GREETING", "RESPONSE", "retr", "X-Y", "any")

names = st.binary(min_size=1, max_size=9).map(shown)
numbers = st.integers(1, 99)
ranges = st.one_of(
    numbers.map(str),
    numbers.map(lambda n: f"{n}.."),
    st.tuples(numbers, numbers).map(lambda two: f"{min(two)}..{max(two)}"),
)
terms = st.one_of(
    st.sampled_from(VERBS),
    st.tuples(st.sampled_from(VERBS), st.integers(0, 99)).map(lambda t: f"{t[0]} {t[1]}"),
    ranges.map(lambda value: f"nth={value}"),
    ranges.map(lambda value: f"session={value}"),
    numbers.map(lambda value: f"every={value}"),
    st.floats(0, 1).map(lambda value: f"chance={value}"),
    st.sampled_from(["AUTHORIZATION", "TRANSACTION"]).map(lambda value: f"state={value}"),
    names.map(lambda value: f"user={value}"),
    st.tuples(numbers, names).map(lambda two: f"{two[0]}={two[1]}"),
    ranges.map(lambda value: f"words={value}"),
    st.just("words=0"),
    st.sampled_from(["tls", "plain"]),
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(lambda one: f"not ({one})"),
        inner.map(lambda one: f"not {one}"),
        several.map(lambda some: " and ".join(f"({one})" for one in some)),
        several.map(lambda some: " or ".join(f"({one})" for one in some)),
        several.map(" ".join),
        several.map(" or ".join),
    )


conditions = st.recursive(terms, _larger, max_leaves=6)
