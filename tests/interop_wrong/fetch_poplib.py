"""fetch_poplib.py PORT USER PASSWORD: fetches all messages into the folder out and deletes them."""

import poplib
import sys
from pathlib import Path

port, user, password = sys.argv[1:]
client = poplib.POP3("127.0.0.1", int(port), timeout=1)
client.user(user)
client.pass_(password)
for number in range(1, client.stat()[0] + 1):
    _, lines, _ = client.retr(number)
    Path(f"out/{number}").write_bytes(b"".join(line + b"\r\n" for line in lines))
    client.dele(number)
client.quit()
