"""--web on `scenario run` and `check`."""

import re
import signal
import time
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx
import pytest

from tests.forked import Forked

TOLD = re.compile(r"pop3lab: page and API: (http://127\.0\.0\.1:\d+/)\n")
SCENARIO = '[[message]]\ntext = "Subject: one"\n'


def url_in(process: Forked) -> str:
    """The address on stderr."""
    assert process.stderr
    told = TOLD.fullmatch(process.stderr.readline().decode())
    assert told
    return f"{told[1]}api/v1/"


def until(api: httpx.Client, state: str) -> dict[str, Any]:
    """The run when it is in this state."""
    for _ in range(1000):
        run: dict[str, Any] = api.get("runs/1").json()
        if run.get("state") == state:
            return run
        time.sleep(0.02)
    raise AssertionError(run)


def test_a_scenario_is_watched(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SCENARIO)
    words = ["scenario", "run", str(tmp_path / "one.toml"), "--web", "0", "--sessions", "1"]
    with Forked(words, stderr=PIPE) as process:
        with httpx.Client(base_url=url_in(process), verify=False) as api:
            assert len(api.get("messages").json()["messages"]) == 1
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.mark.parametrize("word", ["scenario run one.toml", "check --by-hand"])
def test_who_could_be_anybody_is_refused(word: str, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SCENARIO)
    words = [*word.split(), "--web", "0.0.0.0:0"]
    with Forked(words, stderr=PIPE, cwd=tmp_path) as process:
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert told.endswith(b"could read and change all: give --web-token\n")


def test_a_person_is_led_in_the_page(tmp_path: Path) -> None:
    words = ["check", "--by-hand", "--web", "0", "--cases", "1.04"]
    with Forked(words, stderr=PIPE, cwd=tmp_path) as process:
        with httpx.Client(base_url=url_in(process), verify=False) as api:
            run = until(api, "asking")
            assert (run["case"]["id"], run["question"]["kind"]) == ("basic/one-message", "get-mail")
            assert api.delete("runs/1").status_code == 200
            until(api, "done")
        process.send_signal(signal.SIGINT)  # until then the page stays
        process.communicate(timeout=20)
    assert (tmp_path / "pop3lab-report" / "results.json").exists()
