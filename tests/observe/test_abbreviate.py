"""Transcripts made short for reports."""

from pop3lab.observe.transcript_formats import abbreviate


def said(who: str, lines: int) -> list[str]:
    return [f"1    0.00{line % 10} {who}: line {line}\n" for line in range(lines)]


def test_what_is_short_stays_as_it_is() -> None:
    text = "".join(said("C", 20) + said("S", 10) + ["1    0.000 (close)\n"])
    assert abbreviate(text) == text
    assert abbreviate("") == ""


def test_long_answers_are_folded() -> None:
    lines = said("S", 11)
    text = "".join([*said("C", 1), *lines, *said("C", 1)])
    kept = [*said("C", 1), *lines[:6], "(4 lines more)\n", lines[-1], *said("C", 1)]
    assert abbreviate(text) == "".join(kept)


def test_a_client_that_speaks_of_the_server_is_the_client() -> None:
    text = "1    0.000 C: S: no\n" * 30
    assert abbreviate(text) == text


def test_of_very_many_lines_the_last_are_kept() -> None:
    lines = said("C", 1003)
    assert abbreviate("".join(lines)) == "(3 lines before these)\n" + "".join(lines[3:])
