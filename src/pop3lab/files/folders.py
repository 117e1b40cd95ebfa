"""Files relative to an open folder, which nobody can replace by another meanwhile.

Windows can't open folders, so a folder is a path there. Links are never followed.
"""

import errno
import os
import sys

# An open folder, for os.scandir and the functions below.
Folder = int | str

if sys.platform == "win32":
    _READ = os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT

    def open_folder(path: str) -> Folder:
        """Open a folder. Raises OSError."""
        os.scandir(path).close()
        return path

    def open_folder_in(folder: Folder, name: str) -> Folder:
        """Open a folder in a folder. Raises OSError, for a link, too."""
        return open_folder(_no_link(folder, name))

    def close_folder(folder: Folder) -> None:
        """Close it."""

    def open_file_in(folder: Folder, name: str) -> int:
        """Open a file for reading; return its descriptor. Raises OSError, for a link, too."""
        return os.open(_no_link(folder, name), _READ)

    def status_in(folder: Folder, name: str) -> os.stat_result:
        """Return the status of a file, or of a link. Raises OSError."""
        return os.lstat(os.path.join(str(folder), name))

    def _no_link(folder: Folder, name: str) -> str:
        path = os.path.join(str(folder), name)
        if os.path.islink(path):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        return path

else:
    _FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    _READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

    def open_folder(path: str) -> Folder:
        """Open a folder. Raises OSError."""
        return os.open(path, _FOLDER)

    def open_folder_in(folder: Folder, name: str) -> Folder:
        """Open a folder in a folder. Raises OSError, for a link, too."""
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=int(folder))

    def close_folder(folder: Folder) -> None:
        """Close it."""
        os.close(int(folder))

    def open_file_in(folder: Folder, name: str) -> int:
        """Open a file for reading; return its descriptor. Raises OSError, for a link, too."""
        return os.open(name, _READ, dir_fd=int(folder))

    def status_in(folder: Folder, name: str) -> os.stat_result:
        """Return the status of a file, or of a link. Raises OSError."""
        return os.stat(name, dir_fd=int(folder), follow_symlinks=False)
