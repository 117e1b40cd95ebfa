"""A person at the terminal, who is told and asked things."""

import socket
import sys

from pop3lab.cases.case import Case
from pop3lab.clients.job import Job
from pop3lab.clients.person import LEAVE, Question, account_line


class Terminal:
    """Shows texts on stdout, and reads answers from stdin."""

    def begin(self, case: Case, run: int, job: Job | None) -> None:
        """Show a case, and the settings for the client."""
        times = f", run {run} of {case.runs}" if case.runs > 1 else ""
        sys.stdout.write(f"\nCase {case.number} {case.id}{times}\n{case.situation}\n")
        if job:
            sys.stdout.write(account_line(job))

    def ask(self, question: Question) -> str:
        """Ask something in a line. The end of stdin is the wish to leave."""
        sys.stdout.write(f"{question.text} ")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        return answer or LEAVE


def free_port() -> int:
    """A port that is free now, for servers one after the other."""
    with socket.create_server(("localhost", 0)) as listening:
        return int(listening.getsockname()[1])
