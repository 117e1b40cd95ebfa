"""Create the store of a TARGET: a folder, a Maildir, an mbox file, gen:..., memory:, or a database.

`{user}` in a path stands for the name that logs in. Neither `..`, slashes or other spellings in a
name, nor a link that the user has made, lead out of the user's place.
"""

import os
import re
import stat
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock

from pop3lab.core.delivery import Envelope, is_delivering
from pop3lab.core.errors import ConfigError, NoMaildrop
from pop3lab.core.maildrop import HasPaths, Maildrop, ManagedStore, OpensAtOnce, Store
from pop3lab.core.optional_import import import_optional
from pop3lab.core.suggest import nearest
from pop3lab.files.precious import why_precious
from pop3lab.stores.detection import (
    NO_MAILDROP,
    DetectedStore,
    StoreKind,
    create_store_of_kind,
    detect_kind,
)
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.generated import GENERATED_SCHEME, GeneratedStore
from pop3lab.stores.location import USER_PLACEHOLDER, BeneathLocation, Location, PathTemplate
from pop3lab.stores.look_alikes import advice_on
from pop3lab.stores.maildir_detection import holds_messages
from pop3lab.stores.mbox.rewrite import may_be_mbox
from pop3lab.stores.memory import MemoryStore

# Checks at start: can the path be a maildrop?

_PLACEHOLDER = re.compile(r"\{([^{}/]*)\}")
_SCHEME = re.compile(r"([A-Za-z]+):(?!/[^/])")
_SCHEMES = ("gen:", "memory:", "postgresql:")


def _check_user_target(path: str, on_delete: OnDelete) -> None:
    """Check a target of one user, who may have no mail yet. Raises ConfigError."""
    _check_text(path)
    real = os.path.realpath(path)
    if os.path.lexists(real) or _scheme_hint(path) or not os.path.isdir(os.path.dirname(real)):
        _check_target(path, on_delete)


def _check_target(path: str, on_delete: OnDelete) -> None:
    """Check a path. Raises ConfigError if it can be no maildrop."""
    _check_text(path)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        hint = _scheme_hint(path)
        raise ConfigError(f"TARGET {path!r} can't be opened: {_reason(error)}{hint}") from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ConfigError(f"TARGET {path!r} is neither a folder, nor a Maildir, nor an mbox file")
    if os.path.realpath(path) == "/":
        raise ConfigError(f"TARGET {path!r} is the root folder, not a maildrop")
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
        raise ConfigError(
            f"TARGET {path!r} is not writable, as deleting needs it;"
            " --on-delete hide leaves it alone"
        )
    if what := why_precious(path):
        raise ConfigError(
            f"TARGET {path!r} {what}, whose files a client could delete;"
            " --on-delete hide leaves them alone"
        )


def _check_mbox(path: str, on_delete: OnDelete) -> None:
    if on_delete == "trash":
        raise ConfigError(f"TARGET {path!r} is an mbox file and has no trash; use unlink or hide")
    if not os.access(path, os.R_OK | os.W_OK):
        raise ConfigError(f"TARGET {path!r} is not readable and writable, as locking it needs")
    if not may_be_mbox(path):
        raise ConfigError(
            f"TARGET {path!r} is not an mbox file, as it does not begin with 'From ';"
            " of a message, give the folder that it is in"
        )


def _check_text(path: str) -> None:
    if not path or "\0" in path:
        raise ConfigError(f"TARGET {path!r} is not a path")
    for word in _PLACEHOLDER.findall(path):
        if word != "user":
            hint = nearest(word, ["user"]).replace("user", USER_PLACEHOLDER)
            raise ConfigError(f"{{{word}}} in TARGET {path!r} has no meaning{hint}")


def _scheme_hint(path: str) -> str:
    match = _SCHEME.match(path)
    if match is None:
        return ""
    known = "; besides paths there are gen:SEED, memory: and postgresql://..."
    return nearest(f"{match[1]}:", _SCHEMES) or known


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _check_template(template: str) -> PathTemplate:
    """Parse a path with `{user}` in it. Raises ConfigError if no user can have a maildrop there."""
    _check_text(template)
    understood = PathTemplate(template)
    base = understood.base
    if not os.path.isdir(base):
        raise ConfigError(f"TARGET {template!r}: there is no folder {base!r} with the users in it")
    if not os.access(base, os.R_OK | os.X_OK):
        raise ConfigError(f"TARGET {template!r}: the folder {base!r} is not readable")
    return understood


_MEMORY_TARGET = "memory:"
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
_WITHOUT_PATH = (GENERATED_SCHEME, _MEMORY_TARGET, *POSTGRES_SCHEMES)
_KEPT = 1000  # stores of users, of those who logged in last


def create_store(
    target: str,
    *,
    on_delete: OnDelete = "unlink",
    target_for: Mapping[str, str] | None = None,
    makes_maildrops: bool = False,
) -> Store:
    """Create the store of a target. Raises ConfigError.

    on_delete: for messages in folders and Maildirs; see FileStore. target_for: users with a target
    of their own, in which `{user}` stands for that user. makes_maildrops: a message for a user
    without a maildrop makes one, see new_kind.
    """
    store = _store(target, on_delete, makes_maildrops)
    if not target_for:
        return store
    own = {
        user: _store_of_one(text, on_delete, makes_maildrops) for user, text in target_for.items()
    }
    return AssignedStore(store, own)


def new_kind(target: str) -> StoreKind:
    """Return what a first message makes: a Maildir if a slash or that name ends the target."""
    is_maildir = target.endswith(("/", "/Maildir")) or target == "Maildir"
    return StoreKind.MAILDIR if is_maildir else StoreKind.MBOX


def _store(target: str, on_delete: OnDelete, makes_maildrops: bool) -> Store:
    if (store := _without_path(target, on_delete, makes_maildrops)) is not None:
        return store
    _check_target(target, on_delete)
    location = _pinned(target)
    kind = _lasting_kind(location)
    if kind is None:
        return DetectedStore(location, on_delete)
    return create_store_of_kind(kind, location, on_delete)


def _store_of_one(target: str, on_delete: OnDelete, makes_maildrops: bool) -> Store:
    """Create the store of a user's own target, where there may be no mail yet."""
    if (store := _without_path(target, on_delete, makes_maildrops)) is not None:
        return store
    _check_user_target(target, on_delete)
    return DetectedStore(_pinned(target), on_delete, new_kind(target) if makes_maildrops else None)


def location_of(target: str, user: str, on_delete: OnDelete, *, own: bool) -> Location | None:
    """Return where this user's maildrop is; None if it has no path, or is everybody's.

    own: whether the target is this user's alone. Raises ConfigError as create_store does, and
    ValueError for a name that can't be part of a path.
    """
    if target.startswith(_WITHOUT_PATH):
        return None
    if USER_PLACEHOLDER in target:
        return _check_template(target).location(user)
    if not own:
        return None
    _check_user_target(target, on_delete)
    return _pinned(target)


def _without_path(target: str, on_delete: OnDelete, makes_maildrops: bool) -> Store | None:
    """Create the store, unless the target is the path of one maildrop."""
    if target.startswith(GENERATED_SCHEME):
        return GeneratedStore(target)
    if target == _MEMORY_TARGET:
        return MemoryStore()
    if target.startswith(POSTGRES_SCHEMES):
        return _database(target, on_delete, makes_maildrops)
    if USER_PLACEHOLDER in target:
        new = new_kind(target) if makes_maildrops else None
        return PerUserStore(_check_template(target), on_delete, new=new)
    return None


def _database(target: str, on_delete: OnDelete, makes_maildrops: bool) -> Store:
    """Raises ConfigError, OSError."""
    import_optional("psycopg", "a database of PostgreSQL", "postgres")
    from pop3lab.stores.postgres.store import PostgresStore  # imports the library

    if on_delete != "unlink":
        raise ConfigError(f"a database can't {on_delete} messages; give --on-delete unlink")
    return PostgresStore(target, makes_maildrops=makes_maildrops)


def _pinned(path: str) -> Location:
    """Resolve the links that exist now: they are the operator's. Later ones are not followed."""
    return BeneathLocation("/", os.path.realpath(path).strip("/").split("/"))


def _lasting_kind(location: Location) -> StoreKind | None:
    """Return what is there; None if each login is to look anew, as at a disk that fails for now."""
    try:
        kind = detect_kind(location)
        return None if kind is None or _may_become_another(kind, location) else kind
    except OSError:
        return None


def _may_become_another(kind: StoreKind, location: Location) -> bool:
    """Tell whether this is an empty folder, which may be a Maildir before its first mail."""
    if kind is not StoreKind.FOLDER:
        return False
    directory = location.open()
    try:
        return not holds_messages(directory)
    finally:
        os.close(directory)


def advice_on_target(target: str, *, to_be_filled: bool = False) -> str:
    """Return advice if the target is a folder without messages, else an empty string.

    to_be_filled: it may be empty.
    """
    if target.startswith(_WITHOUT_PATH) or USER_PLACEHOLDER in target:
        return ""
    if not os.path.isdir(target):
        return ""
    return advice_on(target, by_kind=True, to_be_filled=to_be_filled)


class AssignedStore:
    """A store for all users but those who have one of their own."""

    def __init__(self, store: Store, own: Mapping[str, Store]) -> None:
        self._store = store
        self._own = own

    @property
    def open_waits(self) -> bool:
        """Whether one of them may take long."""
        return any(store.open_waits for store in (self._store, *self._own.values()))

    @property
    def _managed(self) -> list[ManagedStore]:
        stores = (self._store, *self._own.values())
        return [store for store in stores if isinstance(store, ManagedStore)]

    def start(self) -> None:
        """Start those that are to be started."""
        for store in self._managed:
            store.start()

    def stop(self) -> None:
        """Stop them."""
        for store in self._managed:
            store.stop()

    def open(self, user: str) -> Maildrop:
        """Raises as the user's store does."""
        return self._own.get(user, self._store).open(user)

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Raises as DeliveringStore says."""
        store = self._own.get(user, self._store)
        if not is_delivering(store):
            raise NoMaildrop(NO_MAILDROP)
        return store.deliver(user, message, envelope)

    def path_of(self, user: str) -> str:
        """Return the path of the user's maildrop; empty if it is in no file."""
        store = self._own.get(user, self._store)
        return store.path_of(user) if isinstance(store, HasPaths) else ""

    def open_at_once(self, user: str) -> Maildrop | None:
        """Raises as open does."""
        store = self._own.get(user, self._store)
        if isinstance(store, OpensAtOnce):
            return store.open_at_once(user)
        return None if store.open_waits else store.open(user)


class PerUserStore:
    """A store for each user, created at the first login and kept for the next.

    new: what a first message makes. max_stores: the stores that are kept. Stores that hide what is
    deleted are all kept, since it would be forgotten with them.
    """

    open_waits = True  # folders are listed

    def __init__(
        self,
        template: PathTemplate,
        on_delete: OnDelete,
        *,
        new: StoreKind | None = None,
        max_stores: int = _KEPT,
    ) -> None:
        self._template = template
        self._on_delete = on_delete
        self._new = new
        self._most = None if on_delete == "hide" else max_stores
        self._stores: OrderedDict[str, DetectedStore] = OrderedDict()
        self._lock = Lock()

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, the latter also if the user has no maildrop there."""
        return self._store(user).open(user)

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Raises as DeliveringStore says."""
        return self._store(user).deliver(user, message, envelope)

    def path_of(self, user: str) -> str:
        """Return the path of the user's maildrop; empty for a name that has none."""
        try:
            return str(self._template.location(user))
        except ValueError:
            return ""

    def open_at_once(self, user: str) -> Maildrop | None:
        """Open at once for a user who has logged in before. Raises as open does."""
        store = self._stores.get(user)
        return store.open_at_once(user) if store else None

    def _store(self, user: str) -> DetectedStore:
        location = self._location(user)
        with self._lock:
            if user not in self._stores:
                self._stores[user] = DetectedStore(location, self._on_delete, self._new)
            self._stores.move_to_end(user)
            if self._most is not None and len(self._stores) > self._most:
                self._stores.popitem(last=False)
            return self._stores[user]

    def _location(self, user: str) -> Location:
        try:
            return self._template.location(user)
        except ValueError as error:
            raise NoMaildrop(NO_MAILDROP) from error
