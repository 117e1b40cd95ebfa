"""What clients say, as material to be changed and mixed."""

from tests.fuzz.grounds import PLAIN

DIALOGUES = (
    b"USER ann\r\nPASS Xyzzy-42-plugh\r\n",
    b"USER ann\r\n",
    f"AUTH PLAIN {PLAIN}\r\n".encode(),
    b"AUTH PLAIN\r\n",
    f"AUTH PLAIN\r\n{PLAIN}\r\n".encode(),
    b"AUTH LOGIN\r\nYW5u\r\nWHl6enktNDItcGx1Z2g=\r\n",
    b"AUTH CRAM-MD5\r\n*\r\n",
    b"AUTH SCRAM-SHA-256 biwsbj1hbm4scj1hYmNkZWZn\r\n",
    b"AUTH ANONYMOUS\r\n" + b"QUFB" * 80 + b"\r\n",
    b"AUTH ANONYMOUS\r\n" + b"QUFB" * 81 + b"\r\n",
    b"AUTH ANONYMOUS " + b"QUFB" * 81 + b"\r\n",
    b"UTF8\r\n",
    b"LIST\r\nUIDL\r\nSTAT\r\n",
    b"RETR 2\r\nTOP 6 3\r\nDELE 1\r\n",
    b"NOOP\r\n" * 20,
)
