import poplib
from collections.abc import Iterator

from pop3lab import Job, check, each_case


def fetch(job: Job) -> Iterator[bytes]:
    if job.tls:
        raise NotImplementedError
    client = poplib.POP3(job.host, job.port, timeout=job.timeout)
    try:
        client.user(job.user)
        client.pass_(job.password)
        for number in range(1, client.stat()[0] + 1):
            yield b"".join(line + b"\r\n" for line in client.retr(number)[1])
            if job.delete:
                client.dele(number)
        client.quit()
    finally:
        client.close()


def test_client() -> None:
    report = check(fetch, cases=["basic/one-message", "retr/cut-*"])
    assert report.of("fail", "unjudged") == []


# A verdict


def fetch_hastily(job: Job) -> Iterator[bytes]:
    client = poplib.POP3(job.host, job.port, timeout=job.timeout)
    try:
        client.user(job.user)
        client.pass_(job.password)
        for number in range(1, client.stat()[0] + 1):
            try:
                yield b"".join(line + b"\r\n" for line in client.retr(number)[1])
                client.dele(number)
            except poplib.error_proto:
                continue
        client.quit()
    finally:
        client.close()


def test_verdict() -> None:
    verdict = check(fetch_hastily, "retr/err-one")["retr/err-one"]
    assert verdict.verdict == "warn"
    assert verdict.findings[0].id == "SILENT"
    assert verdict.findings[0].text == "the run said success, and message 2 was not delivered"


# Each case


@each_case("basic/one-message", "data/dots", "retr/size-lie-small")
def test_case(case):
    case.run(fetch)
