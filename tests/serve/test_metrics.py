"""The port of the metrics, beside those of POP3."""

from pathlib import Path

from tests.observe.test_metrics import fetch

from .process import USER, folder, serving


def test_metrics_have_a_port_of_their_own(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--metrics", "0") as server:
        client = server.logged_in()
        found = fetch(server.ports["metrics"])
        client.ask("QUIT")
        assert f"info metrics address=127.0.0.1 port={server.ports['metrics']}" in server.log
        assert server.stop() == 0
    assert found["pop3lab_sessions_open"] == 1
    assert found['pop3lab_commands_total{verb="PASS"}'] == 1
