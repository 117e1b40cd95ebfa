"""Fetch mail once, as a program of its own: fetch_once.py URL USER PASSWORD."""

import poplib
import sys

from fetcher import fetch

url, user, password = sys.argv[1:]
try:
    print(len(fetch(url, user, password)), "messages")
except (OSError, poplib.error_proto) as error:
    sys.exit(f"not fetched: {error}")
