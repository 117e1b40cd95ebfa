"""fetch_poplib.py PORT USER PASSWORD LIMIT: fetches all messages into out/ and deletes them."""

import poplib
import sys
from pathlib import Path

port, user, password, limit = sys.argv[1:]
client = poplib.POP3("127.0.0.1", int(port), timeout=int(limit))
client.user(user)
client.pass_(password)
for number in range(1, client.stat()[0] + 1):
    lines = client.retr(number)[1]
    Path(f"out/{number}").write_bytes(b"".join(line + b"\r\n" for line in lines))
    client.dele(number)
client.quit()
