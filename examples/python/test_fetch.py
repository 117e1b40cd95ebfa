"""poplib on a good day, and on a bad one.

Run: python examples/python/test_fetch.py
"""

import poplib
import unittest

from pop3lab import Pop3Server

ONE = b"Subject: one\r\n\r\nhello\r\n"


def fetch(server: Pop3Server) -> list[bytes]:
    """All messages, deleted from the server when they are here."""
    box = poplib.POP3(server.host, server.port, timeout=10)
    box.user(server.user)
    box.pass_(server.password)
    count, _ = box.stat()
    messages = []
    for number in range(1, count + 1):
        messages.append(b"".join(line + b"\r\n" for line in box.retr(number)[1]))
        box.dele(number)
    box.quit()
    return messages


class FetchTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Pop3Server(messages=[ONE]))

    def test_messages_are_fetched_and_deleted(self) -> None:
        self.assertEqual(fetch(self.server), [ONE])
        session = self.server.wait_session()
        self.assertEqual(session.commands, ["USER", "PASS", "STAT", "RETR", "DELE", "QUIT"])
        self.assertEqual(session.end_reason, "quit")
        self.assertEqual(self.server.messages, [])

    def test_nothing_is_deleted_when_the_connection_breaks(self) -> None:
        self.server.when("RETR", nth=1).do("cut-after 25 then reset")
        with self.assertRaises((poplib.error_proto, OSError)):
            fetch(self.server)
        self.assertEqual(len(self.server.messages), 1)
        self.assertEqual(fetch(self.server), [ONE])


if __name__ == "__main__":
    unittest.main()
