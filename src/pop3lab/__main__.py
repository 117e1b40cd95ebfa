"""The command `pop3lab`, also as `python -m pop3lab`."""

import sys

from pop3lab.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
