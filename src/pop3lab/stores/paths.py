"""Whether a path may be a maildrop; what is wrong is said at start."""

import os
import re
import stat

from pop3lab.core.errors import ConfigError
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.mbox_recovery import may_be_mbox
from pop3lab.stores.nearest import nearest
from pop3lab.stores.template import USER, Template

_PLACEHOLDER = re.compile(r"\{([^{}/]*)\}")
_SCHEME = re.compile(r"([A-Za-z]+):(?!/[^/])")
_SCHEMES = ("gen", "memory")
_REPOSITORIES = (".git", ".hg", ".svn", ".bzr", ".jj")


def check_own(path: str, on_delete: OnDelete) -> None:
    """The same for a maildrop of one user, who may have no mail yet. Raises ConfigError."""
    _check_text(path)
    real = os.path.realpath(path)
    if os.path.lexists(real) or _scheme_hint(path) or not os.path.isdir(os.path.dirname(real)):
        check_path(path, on_delete)


def check_path(path: str, on_delete: OnDelete) -> None:
    """Raises ConfigError if this can be no maildrop."""
    _check_text(path)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        hint = _scheme_hint(path)
        raise ConfigError(f"TARGET {path!r} can't be opened: {_reason(error)}{hint}") from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ConfigError(f"TARGET {path!r} is neither a folder, nor a Maildir, nor an mbox file")
    if os.path.realpath(path) == "/":
        raise ConfigError(f"TARGET {path!r} is the root of all files, no maildrop")
    if stat.S_ISDIR(mode):
        _check_folder(path, on_delete)
    else:
        _check_mbox(path, on_delete)


def _check_folder(path: str, on_delete: OnDelete) -> None:
    if not os.access(path, os.R_OK | os.X_OK):
        raise ConfigError(f"TARGET {path!r} is not readable")
    if on_delete == "hide":
        return
    if not os.access(path, os.W_OK):
        raise ConfigError(f"TARGET {path!r} is not writable, as deleting needs it")
    _check_precious(path)


def _check_mbox(path: str, on_delete: OnDelete) -> None:
    if on_delete == "trash":
        raise ConfigError(f"TARGET {path!r} is an mbox file and has no trash; use unlink or hide")
    if not os.access(path, os.R_OK | os.W_OK):
        raise ConfigError(f"TARGET {path!r} is not readable and writable, as locking it needs")
    if not may_be_mbox(path):
        raise ConfigError(
            f"TARGET {path!r} is no mbox file, as it does not begin with 'From ';"
            " of a message, give the folder that it is in"
        )


def _check_text(path: str) -> None:
    if not path or "\0" in path:
        raise ConfigError(f"TARGET {path!r} is no path")
    for word in _PLACEHOLDER.findall(path):
        if word != "user":
            hint = nearest(word, ["user"]).replace("user", USER)
            raise ConfigError(f"{{{word}}} in TARGET {path!r} stands for nothing{hint}")


def _scheme_hint(path: str) -> str:
    match = _SCHEME.match(path)
    if match is None:
        return ""
    known = "; besides paths there are gen:SEED and memory:"
    return nearest(match[1], _SCHEMES).replace("?", ":?") or known


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _check_precious(path: str) -> None:
    real = os.path.realpath(path)
    if real == os.path.realpath(os.path.expanduser("~")):
        what = "is your home folder"
    elif any(os.path.lexists(os.path.join(real, name)) for name in _REPOSITORIES):
        what = "is a repository of a version control system"
    else:
        return
    raise ConfigError(
        f"TARGET {path!r} {what}, whose files a client could delete;"
        " --on-delete hide leaves them alone"
    )


def check_template(template: str) -> Template:
    """The path with `{user}` in it. Raises ConfigError if that can't stand for anything."""
    _check_text(template)
    understood = Template(template)
    place = understood.place
    if not os.path.isdir(place):
        raise ConfigError(f"TARGET {template!r}: there is no folder {place!r} with the users in it")
    if not os.access(place, os.R_OK | os.X_OK):
        raise ConfigError(f"TARGET {template!r}: the folder {place!r} is not readable")
    return understood
