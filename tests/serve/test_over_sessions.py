"""What clients do over sessions, in the transcript of a server that runs on."""

from pathlib import Path

from pop3lab.observe.transcript import parse

from .process import USER, serving


def test_what_a_client_does_over_sessions_is_in_the_transcript(tmp_path: Path) -> None:
    transcript = tmp_path / "transcript"
    words = ("--transcript", transcript, "--transcript-bodies")
    with serving("gen:1?messages=3", *USER, *words) as server:
        for _ in range(3):
            client = server.logged_in("ann", "secret")
            client.body("UIDL")
            text = client.body("RETR 1")
            assert client.ask("QUIT").startswith("+OK")
            client.close()
        server.stop()
    said = transcript.read_text().splitlines()
    shown = [line.octets for line in parse(transcript.read_text()) if line.session == 3]
    assert len(text) > 1024
    assert text in b"".join(shown)
    found = [line for line in said if "(violation " in line]
    assert [line.split()[0] for line in found] == ["2", "3", "3"]
    assert [line.split("(violation ")[1].split(":")[0] for line in found] == [
        "fetched-again",
        "fetched-again",
        "stopped-at",
    ]
