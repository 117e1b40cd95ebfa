"""The control: pop3lab, but at QUIT another file takes the mbox file's place."""

import os
import sys
from collections.abc import Sequence
from unittest.mock import patch

from pop3lab.cli.main import main
from pop3lab.stores.mbox import store
from pop3lab.stores.mbox.file import MboxFile


def renaming(file: MboxFile, removed: Sequence[tuple[int, int]], size: int, change: bytes) -> bool:
    ends, starts = [0, *(end for _, end in removed)], [*(start for start, _ in removed), size]
    draft = os.open(f"{file.name}.new", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=file.directory)
    for start, end in zip(ends, starts, strict=True):
        os.write(draft, os.pread(file.descriptor, end - start, start))
    os.close(draft)
    os.rename(f"{file.name}.new", file.name, src_dir_fd=file.directory, dst_dir_fd=file.directory)
    return True


if __name__ == "__main__":
    with patch.object(store, "remove_spans", renaming):
        sys.exit(main(sys.argv[1:]))
