"""A case as a test of its own."""

from unittest import SkipTest

import pytest

from pop3lab import Job, each_case
from pop3lab.checking.trial import CaseTrial, trials
from tests.checking.mutant import mutant

careful = mutant()


@each_case("basic/one-message", "retr/cut-*")
def test_a_careful_client(case: CaseTrial) -> None:
    assert case.run(careful).verdict == "pass"


def test_a_failure_shows_the_lines_that_decide_and_what_was_expected() -> None:
    with pytest.raises(AssertionError) as failed:
        trials(["retr/err-one"])[0].run(mutant("dele-despite-err"))
    text = str(failed.value)
    assert text.startswith("11.12 retr/err-one: fail\n")
    assert "fail DESYNC: DELE 2 was sent, though RETR 2 was refused in run 1" in text
    assert "C: DELE 2\n" in text
    assert text.endswith("Fetch and delete the others, and say that one failed.")


def test_what_a_client_can_not_do_is_skipped() -> None:
    def only_in_clear(job: Job) -> object:
        if job.tls:
            raise NotImplementedError
        return careful(job)

    with pytest.raises(SkipTest, match="the client has no STLS"):
        trials(["tls/stls"])[0].run(only_in_clear)  # type: ignore[arg-type]


def test_a_client_that_fails_with_a_server_by_the_book_fails() -> None:
    with pytest.raises(AssertionError, match="calibration: it delivered 0 of 3 messages"):
        trials(["basic/one-message"])[0].run(lambda job: [])


def test_trials_name_their_cases() -> None:
    assert repr(trials(["1.01"])[0]) == "<case 1.01 basic/fetch-delete>"
    assert len(trials([])) > 100
