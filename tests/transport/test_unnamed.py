"""Files without a name."""

import os
import tempfile

import pytest

from pop3lab.transport.certificates import self_signed
from pop3lab.transport.pem import anonymous_file


@pytest.mark.parametrize("memory", [True, False], ids=["memory", "disk"])
def test_they_can_be_read_and_are_nowhere(
    memory: bool, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not memory:
        monkeypatch.delattr(os, "memfd_create")
    with anonymous_file(b"octets") as path:
        for _ in range(2):
            with open(path, "rb") as file:
                assert file.read() == b"octets"
        assert os.listdir(tmp_path) == []
    assert not os.path.exists(path)


def test_no_certificate_is_made_by_way_of_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    own = self_signed(["localhost"])
    assert own("expired").end_point != own.own.end_point
    assert own("self-signed").end_point != own.own.end_point
