"""Sessions and transcripts over HTTP."""

import poplib

import httpx

from pop3lab import Pop3Server


def fetch(server: Pop3Server, *numbers: int, password: str = "password") -> None:
    client = poplib.POP3(server.host, server.port)
    client.user("user")
    client.pass_(password)
    for number in numbers:
        client.retr(number)
    client.quit()
    server.wait_session()


def test_sessions_are_listed_with_counts(server: Pop3Server, api: httpx.Client) -> None:
    assert api.get("sessions").json()["sessions"] == []
    fetch(server, 1, 2)
    fetch(server)
    answer = api.get("sessions").json()
    first, second = answer["sessions"]
    assert (first["number"], first["state"], first["user"]) == (1, "closed", "user")
    assert first["counts"]["retrieved"] == 2
    assert (second["end_reason"], second["counts"]["commands"]) == ("quit", 3)
    assert (answer["total"], answer["more"]) == (2, False)


def test_sessions_are_chosen(server: Pop3Server, api: httpx.Client) -> None:
    for _ in range(3):
        fetch(server)
    opened = poplib.POP3(server.host, server.port)

    def numbers(query: str) -> list[int]:
        return [each["number"] for each in api.get(f"sessions?{query}").json()["sessions"]]

    assert numbers("after=1") == [2, 3, 4]
    assert numbers("before=3") == [1, 2]
    assert numbers("state=open") == [4]
    assert numbers("state=closed&after=2") == [3]
    assert numbers("user=user") == [1, 2, 3]
    assert numbers("violations=true") == []
    assert numbers("violations=false") == [1, 2, 3, 4]
    opened.close()
    assert api.get("sessions?after=x").json()["detail"] == "after='x': write a number, 0 or more"
    told = api.get("sessions?state=opn").json()["detail"]
    assert told == "state='opn': write one of open, closed, did you mean 'open'?"


def test_a_session_is_shown_whole_and_its_secrets_are_masked(
    server: Pop3Server, api: httpx.Client
) -> None:
    fetch(server, 1)
    answer = api.get("sessions/1")
    session = answer.json()
    assert session["lines"] == ["USER user", "PASS ****", "RETR 1", "QUIT"]
    assert session["retrieved"] == ["1"]
    assert "PASS ****" in api.get("sessions/1/transcript").text
    for path in ("sessions/1", "sessions/1/transcript?bodies=whole"):
        for form in ("text/plain", "application/json", "text/html"):
            told = api.get(path, headers={"accept": f"{form}, */*;q=0.1"}).text
            assert "PASS password" not in told


def test_a_session_that_is_not_there(server: Pop3Server, api: httpx.Client) -> None:
    problem = api.get("sessions/7")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] == "there is no session 7; there are 0 so far"


def test_a_transcript_has_the_form_that_is_accepted(server: Pop3Server, api: httpx.Client) -> None:
    fetch(server, 2)

    def transcript(accept: str) -> httpx.Response:
        return api.get("sessions/1/transcript", headers={"accept": accept})

    assert "C: RETR 2" in transcript("*/*").text
    page = transcript("text/html")
    assert page.text.startswith("<!DOCTYPE html>")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"script-src 'self'", "style-src 'unsafe-inline' 'self'"} <= {*policy}
    assert '"who": "client"' in transcript("application/x-ndjson").text
    lines = transcript("application/json").json()["lines"]
    assert [line["line"] for line in lines] == [*range(1, len(lines) + 1)]
    [body] = [line for line in lines if "dot" in line["text"]]
    assert (body["who"], body["text"], body["whole"]) == ("server", "..dot \\x1b[1m", True)
    assert transcript("text/plain;q=0.1, text/html;q=0.5").text.startswith("<!DOCTYPE html>")
    assert transcript("image/png").status_code == 406


def test_later_lines_of_a_transcript_are_asked_for(server: Pop3Server, api: httpx.Client) -> None:
    fetch(server)
    accept = {"accept": "application/json"}
    whole = api.get("sessions/1/transcript", headers=accept).json()
    rest = api.get("sessions/1/transcript?after=4", headers=accept).json()
    assert rest["lines"] == whole["lines"][4:]
    assert rest["total"] == len(whole["lines"])
