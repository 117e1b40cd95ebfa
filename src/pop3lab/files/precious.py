"""Folders that clients must not be able to delete files from by mistake.

Only os is imported here, because the port line waits for it.
"""

import os

_REPOSITORIES = (".git", ".hg", ".svn", ".bzr", ".jj")


def why_precious(path: str) -> str:
    """Say what the folder is, as in `is your home folder`; empty for any other."""
    real = os.path.realpath(path)
    if real == os.path.realpath(os.path.expanduser("~")):
        return "is your home folder"
    if any(os.path.lexists(os.path.join(real, name)) for name in _REPOSITORIES):
        return "is a repository of a version control system"
    return ""
