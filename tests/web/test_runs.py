"""Cases over HTTP: a person with a mail program is led through them."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pop3lab import Pop3Server
from pop3lab.cases.catalogue import CASES
from pop3lab.cli.client_runs import ClientRuns
from pop3lab.clients.job import Job
from pop3lab.web.options import WebOptions
from tests.checking.mutant import mutant
from tests.web.described import check_answer
from tests.web.test_events import events, until

Asked = Callable[..., Any]


@pytest.fixture
def leading() -> Iterator[tuple[httpx.Client, Pop3Server]]:
    runs = ClientRuns()
    with (
        Pop3Server(web=WebOptions(runs=runs, live=runs.live)) as server,
        httpx.Client(
            base_url=f"{server.web_url}api/v1/",
            verify=False,
            event_hooks={"response": [check_answer]},
        ) as api,
    ):
        yield api, server


def get_mail(run: dict[str, Any]) -> None:
    """What a mail program does with the settings that it is given."""
    account = run["account"]
    job = Job(
        host=account["host"],
        port=account["port"],
        user=account["user"],
        password=account["password"],
        timeout=30,
    )
    list(mutant()(job))


@pytest.mark.usefixtures("started")
def test_a_person_is_led_through_a_case_and_no_program_is_started(
    leading: tuple[httpx.Client, Pop3Server],
) -> None:
    api, server = leading
    with events(server, "kinds=run,verdict") as stream:
        started = api.post("runs", json={"cases": ["1.04"]})
        assert started.status_code == 201

        def asked(kind: str) -> dict[str, Any]:
            for _, name, data in stream:
                if name == "run" and data["question"] and data["question"]["kind"] == kind:
                    return data
            raise AssertionError(kind)

        run = asked("get-mail")
        assert (run["state"], run["case"]["id"], run["nth"]) == ("asking", "basic/one-message", 1)
        get_mail(run)
        api.post("runs/1/answer", json={"answer": ""})
        assert asked("ended")["question"]["answers"] == ["y", "n", "b"]
        wrong = api.post("runs/1/answer", json={"answer": "perhaps"})
        assert wrong.status_code == 422
        assert wrong.json()["detail"] == "'perhaps' is no answer: give 'y', 'n', 'b'"
        api.post("runs/1/answer", json={"answer": "n"})
        assert asked("seen")["question"]["answers"] == ["1"]
        api.post("runs/1/answer", json={"answer": "1"})
        asked("early")
        api.post("runs/1/answer", json={"answer": ""})
        [*_, (_, _, verdict)] = until(stream, "verdict")
        assert (verdict["case"], verdict["verdict"]) == ("basic/one-message", "pass")
        [*_, (_, _, done)] = until(stream, "run")
    assert (done["state"], done["report"]) == ("done", "/api/v1/runs/1/report/index.html")
    report = api.get("runs/1/report/index.html")
    assert report.headers["content-type"].startswith("text/html")
    assert "basic/one-message" in report.text
    assert "style-src 'unsafe-inline'" in report.headers["content-security-policy"]
    for path in ("../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "cases", "nothing"):
        assert api.get(f"runs/1/report/{path}").status_code == 404


def test_a_case_is_left_out_and_a_run_ended(leading: tuple[httpx.Client, Pop3Server]) -> None:
    api, server = leading
    with events(server, "kinds=run,verdict") as stream:
        api.post("runs", json={"cases": ["basic/one-message", "data/dots"]})
        while api.get("runs/1").json()["state"] != "asking":
            until(stream, "run")
        busy = api.post("runs", json={"cases": ["1.04"]})
        assert busy.json()["detail"] == "run 1 is not done: end it first"
        api.post("runs/1/answer", json={"answer": ""})
        while (api.get("runs/1").json()["question"] or {}).get("kind") != "ended":
            until(stream, "run")
        api.post("runs/1/next")  # behind the first question, too
        [*_, (_, _, verdict)] = until(stream, "verdict")
        assert (verdict["verdict"], verdict["reason"]) == ("not-applicable", "it was skipped")
        api.delete("runs/1")
        while api.get("runs/1").json()["state"] != "done":
            until(stream, "run")
    [run] = api.get("runs").json()["runs"]
    assert (run["total"], len(run["verdicts"])) == (2, 1)
    assert api.get("runs/2").status_code == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"cases": ["nothing"]}, "no case is named 'nothing'"),
        ({"cases": "1.04"}, "cases is a list of ids, numbers or groups: "),
        ({"command": ["id"]}, "'command' is not for HTTP: "),
    ],
)
def test_what_can_not_be_run(
    leading: tuple[httpx.Client, Pop3Server], body: object, detail: str
) -> None:
    answer = leading[0].post("runs", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_a_server_without_runs_shows_its_cases(api: httpx.Client) -> None:
    cases = api.get("cases").json()["cases"]
    assert [case["id"] for case in cases] == [*CASES]
    assert api.get("runs").json() == {"runs": []}
    refused = api.post("runs", json={})
    assert refused.status_code == 404
    assert refused.json()["detail"] == "runs of cases are for pop3lab check --web"
