"""The parts of POSIX that the stores of files rest on, or one sentence where they are missing.

Locks keep two servers from one maildrop, and files are opened relative to open folders, so that
nobody can put a link in their place.
"""

try:
    import fcntl
    from os import O_DIRECTORY, O_NOFOLLOW
except ImportError:
    raise ImportError(
        "folders, Maildirs and mbox files are served on Linux and macOS only;"
        " on Windows use Pop3Server(messages=...), or WSL"
    ) from None

__all__ = ["O_DIRECTORY", "O_NOFOLLOW", "fcntl"]
