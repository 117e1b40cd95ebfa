"""An mbox file that a killed server has left half-done is finished at the next start."""

from pathlib import Path

import pytest

from pop3lab.stores.mbox.rewrite import is_half_rewritten
from tests.stores.mbox.test_journal import JOURNAL, MOVE, REDO, begun
from tests.stores.mbox.test_rewrite import Case

from .process import USER, run, serving

CASES = pytest.mark.parametrize("case", [REDO, MOVE], ids=["journal", "plan"])


@CASES
def test_it_is_finished_before_anybody_logs_in(tmp_path: Path, case: Case) -> None:
    path = begun(tmp_path, case, halfway=True)
    with serving(path, *USER) as server:
        assert path.read_bytes() == case.gone
        assert not is_half_rewritten(str(path))
        assert "recovery_failed" not in server.log


@CASES
def test_so_is_that_of_a_user_who_has_one(tmp_path: Path, case: Case) -> None:
    path = begun(tmp_path / "box", case, halfway=True)
    (tmp_path / "serve.toml").write_text(
        f'[[user]]\nname = "ann"\npassword = "secret"\nmaildrop = "{path}"\n'
    )
    with serving("--config", tmp_path / "serve.toml"):
        assert path.read_bytes() == case.gone


def test_what_can_not_be_finished_is_in_the_log_and_at_each_login(tmp_path: Path) -> None:
    path = begun(tmp_path, REDO, halfway=True)
    (tmp_path / JOURNAL).write_bytes(b"\0[[[[")
    before = path.read_bytes()
    with serving(path, *USER) as server:
        assert "recovery_failed" in server.log
        assert f"{JOURNAL} is damaged: see whether ann is whole, then remove it" in server.log
        for _ in range(2):
            client = server.client()
            client.ask("USER ann")
            assert client.ask("PASS secret").startswith("-ERR [SYS/PERM] ")
        assert "Traceback" not in server.log
    assert path.read_bytes() == before


@CASES
def test_doctor_tells(tmp_path: Path, case: Case) -> None:
    path = begun(tmp_path, case, halfway=True)
    words = ("doctor", path, *USER, "--port", "0")
    assert f"'{path}' was left half-done" in run(*words).stdout
    path = case.file(tmp_path)
    assert "half-done" not in run(*words).stdout
