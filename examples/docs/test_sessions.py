import pytest
from fetcher import fetch


@pytest.mark.pop3(messages=["Subject: one", "Subject: two"])
def test_what_a_session_was(pop3_server):
    fetch(pop3_server.url, "user", "password", delete=True)

    session = pop3_server.wait_session()
    assert session.user == "user"
    assert session.mechanism == "PASS"
    assert session.commands == ["USER", "PASS", "UIDL", "RETR", "RETR", "DELE", "DELE", "QUIT"]
    assert session.lines[3:5] == ["RETR 1", "RETR 2"]
    assert session.retrieved == session.deleted == ["1", "2"]
    assert session.end_reason == "quit"
    assert session.violations == []

    assert pop3_server.messages == []
    assert pop3_server.stats["RETR"] == 2


# The order of commands


@pytest.mark.pop3(messages=3)
def test_the_order_of_commands(pop3_server):
    fetch(pop3_server.url, "user", "password")
    pop3_server.expect(["CAPA?", "USER", "PASS", "...", "RETR+", "QUIT"])


# The dialogue


@pytest.mark.pop3(messages=["Subject: one\n\nhello"])
def test_the_dialogue(pop3_server):
    fetch(pop3_server.url, "user", "password")
    pop3_server.expect("""
        S: +OK...
        C: USER user
        S: +OK...
        C: PASS password
        S: +OK...
        C: UIDL
        S: ...
        C: RETR 1
        S: +OK...
        S: Subject: one
        S:
        S: hello
        S: .
        C: QUIT
        S: +OK...
    """)


# The transcript


@pytest.mark.pop3(messages=1)
def test_the_transcript(pop3_server, tmp_path):
    fetch(pop3_server.url, "user", "password")
    pop3_server.wait_session()
    assert "C: PASS ****" in pop3_server.transcript
    pop3_server.transcript.save(tmp_path / "said.html")
    pop3_server.transcript.save(tmp_path / "said.jsonl")


# Violations


@pytest.mark.pop3(messages=1)
def test_no_rule_of_the_rfcs_is_broken(pop3_server):
    fetch(pop3_server.url, "user", "password")
    assert [violated.id for violated in pop3_server.wait_session().violations] == []
    pop3_server.verify()


# Over sessions


@pytest.mark.pop3(messages=1, claims=["remembers"])
def test_no_mail_is_fetched_twice(pop3_server):
    fetch(pop3_server.url, "user", "password", delete=True)
    pop3_server.add("Subject: one more")
    fetch(pop3_server.url, "user", "password", delete=True)
    pop3_server.wait(sessions=2)
    pop3_server.verify()
