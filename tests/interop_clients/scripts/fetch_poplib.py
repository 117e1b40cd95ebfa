"""fetch_poplib.py plain|stls|tls PORT CA: fetches all messages into out/ and deletes them."""

import poplib
import ssl
import sys
from pathlib import Path

how, port, ca = sys.argv[1:]
if how == "tls":
    context = ssl.create_default_context(cafile=ca)
    box: poplib.POP3 = poplib.POP3_SSL("localhost", int(port), context=context)
else:
    box = poplib.POP3("localhost", int(port))
    if how == "stls":
        box.stls(ssl.create_default_context(cafile=ca))
box.user("ann")
box.pass_("secret")
for number in range(1, box.stat()[0] + 1):
    Path("out", str(number)).write_bytes(b"\n".join([*box.retr(number)[1], b""]))
    box.dele(number)
box.quit()
