"""Dovecot from the distribution's package, privately configured: as packaged, and tuned for speed.

It runs as root, with the users that the package made, or all of it as the ordinary user at hand.
"""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.maildrops import KEPT_BY_MAILDIR, Maildrop
from benchmarks.peers.peer import IDLE, Peer
from benchmarks.servers import Command, free_port

TUNED = "Dovecot, tuned"
PACKAGED = "Dovecot, as packaged"
PACKAGED_IDLE = 80  # connections: each has a process of its own, of at most 100
POP3_PROCESS = Path("/usr/lib/dovecot/pop3")

BASE = """\
base_dir = {place}/base
state_dir = {place}/state
log_path = {place}/log
protocols = pop3
listen = 127.0.0.1
ssl = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{maildir}
passdb {{
  driver = static
  args = password=password
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={maildir}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""

# An ordinary user may not change the root folder.
UNCONFINED = """\
service anvil {
  chroot =
}
service pop3-login {
  chroot =
}
"""

SPEED = """\
info_log_path = /dev/null
disable_plaintext_auth = no
auth_failure_delay = 0
login_log_format_elements =
mail_fsync = never
mail_max_userip_connections = 0
mailbox_list_index = no
maildir_very_dirty_syncs = yes
pop3_fast_size_lookups = yes
pop3_no_flag_updates = yes
stats_writer_socket_path =
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  client_limit = 8000
}
service pop3-login {
  service_count = 0
  process_min_avail = 1
  process_limit = 1
  client_limit = 4000
}
service pop3 {
  service_count = 0
  process_min_avail = 1
}
"""


@dataclass(frozen=True, slots=True)
class Users:
    """Who runs what, as Dovecot's settings name them, and who owns the mail."""

    internal: str
    group: str
    login: str
    uid: int
    gid: int


def tuned(place: Path) -> Peer:
    """Processes that serve one session after the other, warm indexes, nothing forced to disk."""
    return _peer(TUNED, place / "dovecot-tuned", SPEED, IDLE)


def packaged(place: Path) -> Peer:
    """The services as Debian's package sets them: two new processes for each session."""
    return _peer(PACKAGED, place / "dovecot-packaged", "", PACKAGED_IDLE)


def _peer(name: str, place: Path, more: str, idle: int) -> Peer:
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    here = os.path.exists(program) and POP3_PROCESS.exists()
    missing = "" if here else "Dovecot is missing: apt-get install dovecot-pop3d"

    def command(maildrop: Maildrop) -> Command:
        port = free_port()
        file = _configure(place, maildrop, port, more)
        return Command((program, "-F", "-c", str(file)), port)

    return Peer(name, "" if missing else _version(program), missing, command, idle=idle)


def _version(program: str) -> str:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return told.split()[0]


def _configure(place: Path, maildrop: Maildrop, port: int, more: str) -> Path:
    place.mkdir(exist_ok=True)
    users = _users()
    if os.geteuid() == 0:
        _give(maildrop.maildir, users)
    else:
        more += UNCONFINED
    file = place / f"{maildrop.name}.conf"
    file.write_text(_base(place, maildrop, port, users) + more)
    return file


def _base(place: Path, maildrop: Maildrop, port: int, users: Users) -> str:
    return BASE.format(
        place=place,
        port=port,
        maildir=maildrop.maildir,
        internal=users.internal,
        group=users.group,
        login=users.login,
        uid=users.uid,
        gid=users.gid,
    )


def _users() -> Users:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return Users("dovecot", "dovecot", "dovenull", nobody.pw_uid, nobody.pw_gid)
    me = pwd.getpwuid(os.geteuid())
    return Users(me.pw_name, grp.getgrgid(me.pw_gid).gr_name, me.pw_name, me.pw_uid, me.pw_gid)


def _give(maildir: Path, users: Users) -> None:
    """The folders only: the files may stay as they are, for nobody writes to them."""
    for place in (maildir, *(maildir / part for part in KEPT_BY_MAILDIR)):
        os.chown(place, users.uid, users.gid)
