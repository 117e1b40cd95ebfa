"""Makes pop3lab.pyz of a wheel: the command in one file, for machines without pip.

python scripts/pyz.py WHEEL TARGET
"""

import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

_SHEBANG = b"#!/usr/bin/env python3\n"
_PACKAGE = "pop3lab/"
_MAIN = "pop3lab/__main__.py"
_LICENSE = "/licenses/LICENSE"


def make(wheel: Path, target: Path) -> None:
    """Write the package and its license with the wheel's dates, so that the digest is the same."""
    with open(target, "wb") as file:
        file.write(_SHEBANG)
        with ZipFile(wheel) as source, ZipFile(file, "w") as archive:
            for member in source.infolist():
                for name in _names(member.filename):
                    _add(archive, name, member, source.read(member))
    target.chmod(0o755)


def _names(member: str) -> list[str]:
    """The names that a member of the wheel gets: none if it is left out."""
    if member == _MAIN:
        return [member, "__main__.py"]
    if member.endswith(_LICENSE):
        return ["LICENSE"]
    return [member] if member.startswith(_PACKAGE) else []


def _add(archive: ZipFile, name: str, like: ZipInfo, content: bytes) -> None:
    entry = ZipInfo(name, like.date_time)
    entry.compress_type = like.compress_type
    entry.external_attr = like.external_attr
    archive.writestr(entry, content)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
