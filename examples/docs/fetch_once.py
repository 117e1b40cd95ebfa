"""Fetch mail once, as a program of its own: fetch_once.py HOST PORT USER PASSWORD."""

import poplib
import sys

from fetcher import fetch

host, port, user, password = sys.argv[1:]
try:
    print(len(fetch(host, int(port), user, password)), "messages")
except (OSError, poplib.error_proto) as error:
    sys.exit(f"not fetched: {error}")
