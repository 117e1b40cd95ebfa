import pytest

from tests.plugin.running import Run


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    for variable in ("CI", "BUILD_NUMBER"):  # with these pytest prints each failure twice, whole
        monkeypatch.delenv(variable, raising=False)
    return Run(pytester)
