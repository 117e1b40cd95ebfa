"""A person at the terminal, who is told and asked things."""

import socket
import sys


class Terminal:
    """Shows texts on stdout, and reads answers from stdin."""

    def show(self, text: str) -> None:
        """Show a text."""
        sys.stdout.write(text)

    def ask(self, question: str) -> str:
        """Ask something in a line. The end of stdin is the wish to leave."""
        sys.stdout.write(f"{question} ")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        return answer or "q"


def free_port() -> int:
    """A port that is free now, for servers one after the other."""
    with socket.create_server(("localhost", 0)) as listening:
        return int(listening.getsockname()[1])
