"""The command `pop3lab`, also as `python -m pop3lab`."""

import sys

_COMMANDS = (
    "serve",
    "doctor",
    "passwd",
    "quirks",
    "faults",
    "attacks",
    "profiles",
    "scenario",
    "record",
    "replay",
)


def main() -> int:
    """A first word that is a command is one; else it is a folder, with keywords."""
    if sys.argv[1:2] and sys.argv[1] in _COMMANDS:
        from pop3lab.cli.main import main as command

        return command(sys.argv[1:])
    from pop3lab.cli.directory.entry import main as seed

    return seed()


if __name__ == "__main__":
    sys.exit(main())
