"""All quirks, faults and attacks by name."""

from collections.abc import Mapping

from pop3lab.faults.peculiarity import Peculiarity
from pop3lab.faults.quirks import mail_box

PECULIARITIES: Mapping[str, Peculiarity] = {row.name: row for row in (*mail_box.ROWS,)}
