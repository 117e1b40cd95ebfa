"""What doctor says of the maildrops of each user."""

import os
from pathlib import Path
from typing import Any

import pytest

from pop3lab.cli.doctor import maildrop_findings
from pop3lab.config.options import Settings
from pop3lab.config.types import User
from pop3lab.stores.factory import create_store
from tests.serve.process import run
from tests.stores.test_factory import a_folder, a_maildir, an_mbox

Told = list[tuple[bool | None, str]]


def told(top: Path, target: str, *users: User, **settings: Any) -> Told:
    """Without the folder that all of it is in."""
    asked = Settings(target=f"{top}/{target}", users=users).replace(**settings)
    return [(one.good, one.text.replace(str(top), "")) for one in maildrop_findings(asked)]


def named(*names: str) -> list[User]:
    return [User(name, "x") for name in names]


def test_each_user_is_looked_for(tmp_path: Path) -> None:
    a_maildir(tmp_path / "ann" / "Maildir")
    a_folder(tmp_path / "ben" / "Maildir")
    for name in ("eve", "zoe"):
        (tmp_path / name).mkdir()
    (tmp_path / "lea").symlink_to("ann")
    (tmp_path / "leo").mkdir()
    (tmp_path / "leo" / "Maildir").symlink_to("../ann/Maildir")
    (tmp_path / "mia").mkdir()
    os.mkfifo(tmp_path / "mia" / "Maildir")
    users = tmp_path / "users"
    users.write_text("zoe:{PLAIN}x\nann:{PLAIN}y\n")
    tokens = tmp_path / "tokens"
    tokens.write_text("token tim\n")
    known = named("ann", "ben", "eve", "lea", "leo", "mia", "../ann", "tom")
    more = {"users_file": str(users), "tokens": str(tokens), "anonymous": "una"}
    assert told(tmp_path, "{user}/Maildir", *known, **more) == [
        (True, "maildrops can be opened for 'ann', 'ben'"),
        (True, "maildrops are empty until something is delivered for 'eve', 'zoe'"),
        (None, "user 'lea' has no maildrop: '/lea': is a link, which is not followed"),
        (None, "user 'leo' has no maildrop: '/leo/Maildir': is a link, which is not followed"),
        (None, "user 'mia' has no maildrop: '/mia/Maildir': is neither a folder nor a file"),
        (None, "user '../ann' has no maildrop: the name can't be a part of a path"),
        *(
            (None, f"user '{name}' has no maildrop: '/{name}': No such file or directory")
            for name in ("tom", "tim", "una")
        ),
    ]
    assert sorted(os.listdir(tmp_path / "eve")) == []


def test_mbox_files(tmp_path: Path) -> None:
    an_mbox(tmp_path / "ann")
    (tmp_path / "ben").write_bytes(b"Subject: x\n\n")
    (tmp_path / "eve").touch()
    known = named("ann", "ben", "eve", "zoe")
    no_mbox = (None, "user 'ben' has no maildrop: '/ben' is not an mbox file")
    assert told(tmp_path, "{user}", *known) == [
        (True, "maildrops can be opened for 'ann', 'eve'"),
        (True, "maildrops are empty until something is delivered for 'zoe'"),
        no_mbox,
    ]
    assert told(tmp_path, "{user}", *known, on_delete="trash")[1] == (
        None,
        "user 'ann' has no maildrop: '/ann' is an mbox file, which has no trash",
    )


def test_maildrops_of_ones_own(tmp_path: Path) -> None:
    a_folder(tmp_path / "all")
    own = [
        User("ann", "x", f"{tmp_path}/ann"),
        User("ben", "x", f"{tmp_path}/nowhere/ben"),
        User("eve", "x", "gen:1"),
        User("zoe", "x"),
    ]
    ann, ben = told(tmp_path, "all", *own)
    assert ann == (True, "maildrops are empty until something is delivered for 'ann'")
    assert ben[0] is False
    assert "'ben' has no maildrop: TARGET '/nowhere/ben' can't be opened: No such" in ben[1]


def test_each_maildrop_is_opened_as_a_login_does(tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        a_folder(tmp_path / name)
    (tmp_path / "ben" / ".pop3lab-journal").write_text("no journal")
    known = named("ann", "ben")
    held = create_store(f"{tmp_path}/ann").open("ann")  # a session has it
    try:
        [opened, (good, text)] = told(tmp_path, "{user}", *known)
    finally:
        held.close()
    assert opened == (True, "maildrops can be opened for 'ann'")
    assert good is None
    assert text.startswith("user 'ben' has a maildrop with a fault: ")
    assert ".pop3lab-journal" in text
    [(good, text)] = told(tmp_path, "ben", *known)
    assert text.startswith("the maildrop has a fault: ")
    [(good, text)] = told(tmp_path, "{user}", *known, run_as="nobody")
    assert text == "maildrops are there for 'ann', 'ben'"  # what a login leaves would be root's


def test_where_no_user_is_known_no_maildrop_is_opened(tmp_path: Path) -> None:
    assert told(tmp_path, "{user}", any_user=True) == []


def test_many_users_are_counted(tmp_path: Path) -> None:
    found = told(tmp_path, "{user}/mail", *named(*(f"u{nth}" for nth in range(30))))
    assert found[20:] == [(None, "10 more users have no maildrop")]
    for nth in range(30):
        (tmp_path / f"u{nth}").mkdir()
    [(_, text)] = told(tmp_path, "{user}/mail", *named(*(f"u{nth}" for nth in range(30))))
    assert text.endswith("'u19' and 10 more")


def test_the_target_of_all_is_what_a_server_starts_with(tmp_path: Path) -> None:
    an_mbox(tmp_path / "mbox")
    (tmp_path / "message.eml").write_bytes(b"Subject: x\n\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folders" / "a").mkdir(parents=True)
    ann = User("ann", "x")
    assert told(tmp_path, "mbox", ann) == []
    for wrong, says in (("message.eml", "is not an mbox file"), ("pipe", "is neither a folder")):
        [(good, text)] = told(tmp_path, wrong, ann)
        assert good is False
        assert text.startswith(f"TARGET '/{wrong}' {says}")
    [(good, text)] = told(tmp_path, "mbox", ann, on_delete="trash")
    assert (good, "has no trash" in text) == (False, True)
    [(good, text)] = told(tmp_path, "folders", ann)
    assert (good, "holds folders and no message" in text) == (None, True)
    [made] = maildrop_findings(Settings(target="gen:1?messages=-1", users=(ann,)))
    assert made.good is False
    assert told(tmp_path, "nowhere", ann) == []  # of which doctor tells elsewhere


@pytest.mark.parametrize("own", [False, True], ids=["note", "wrong"])
def test_the_command_says_so(tmp_path: Path, own: bool) -> None:
    (tmp_path / "ann").mkdir()
    config = tmp_path / "serve.toml"
    config.write_text(
        f'target = "{tmp_path}/{{user}}/mail"\nport = "off"\ntls-port = 0\n'
        '[[user]]\nname = "ann"\npassword = "one"\n'
        + (f'maildrop = "{tmp_path}/nowhere/ann"\n' if own else "")
        + '[[user]]\nname = "eve"\npassword = "two"\n'
    )
    said = run("doctor", "--config", config)
    assert said.returncode == (2 if own else 0)
    assert f"note   user 'eve' has no maildrop: '{tmp_path}/eve': No such" in said.stdout
    if own:
        assert "WRONG  user 'ann' has no maildrop: TARGET" in said.stdout
    else:
        assert "ok     maildrops are empty until something is delivered for 'ann'" in said.stdout


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("nobody", "user 65534" if os.geteuid() == 0 else "needs root at start"),
        ("nobdy", "there is no user 'nobdy'"),
    ],
)
def test_as_whom_it_is_to_run(tmp_path: Path, who: str, says: str) -> None:
    said = run("doctor", tmp_path, "--user", "ann:one", "--port", "0", "--run-as", who)
    assert says in said.stdout
    assert said.returncode == (0 if says.startswith("user") else 2)
