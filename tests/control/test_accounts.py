"""Commands that change users and tokens, and how clients log in from then on."""

import asyncio
import json
from base64 import b64encode
from pathlib import Path

import pytest

from pop3lab.cli.known_words import SecretWords
from pop3lab.cli.process_accounts import ProcessAccounts
from pop3lab.config.options import Settings
from pop3lab.config.types import Authzid, User
from pop3lab.control.commands import ControlContext, answer
from pop3lab.core.sasl import Channel
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.rules.engine import Rules
from pop3lab.stores.factory import create_store
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import done, fed, sent, session

SETTINGS = Settings(
    target="memory:", users=(User("ann", "secret"),), allow_oauth_in_clear=True, port=0
)


class Controlled:
    """A server's accounts, the commands for them, and clients."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.secrets = SecretWords()
        self.accounts = ProcessAccounts(settings, self.secrets, lambda text: None)
        self.store = MemoryStore()
        self.context = ControlContext(
            "memory:",
            Counters(Statistics()),
            Rules(),
            lambda: None,
            store=self.store,
            user="ann",
            accounts=self.accounts,
        )

    def ask(self, line: str) -> str:
        return asyncio.run(answer(self.context, line.encode()))

    def logs_in(self, name: str, password: str) -> bool:
        return self._gets_in(f"USER {name}\r\nPASS {password}\r\n")

    def takes(self, token: str, user: str = "ann") -> bool:
        response = b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()
        return self._gets_in(f"AUTH XOAUTH2 {response}\r\n")

    def _gets_in(self, lines: str) -> bool:
        client = session(self.store, users=self.accounts.users)
        client.state.channel = Channel(clear=True)
        answered = sent(done(fed(client, lines.encode())))
        client.session_ended("closed")
        return b"+OK maildrop" in answered


@pytest.fixture
def server() -> Controlled:
    return Controlled()


def test_users_come_change_and_go(server: Controlled) -> None:
    assert server.ask("users") == 'ok ["ann"]'
    assert server.ask("add-user bob  with a blank ") == "ok"
    assert server.ask("users") == 'ok ["ann", "bob"]'
    assert server.logs_in("bob", "with a blank")
    assert server.secrets.knows("with a blank")
    assert server.ask("set-password bob other") == "ok"
    assert not server.logs_in("bob", "with a blank")
    assert server.logs_in("bob", "other")
    assert server.ask("remove-user bob") == "ok"
    assert not server.logs_in("bob", "other")
    assert server.logs_in("ann", "secret")


def test_tokens_come_and_expire(server: Controlled) -> None:
    assert not server.takes("t-1")
    assert server.ask("add-token t-1 ann") == "ok"
    assert server.takes("t-1")
    assert server.secrets.knows("t-1")
    assert server.ask("expire-token t-1") == "ok"
    assert not server.takes("t-1")
    assert server.ask("add-token t-1 ann") == "ok"
    assert server.takes("t-1")
    server.ask("add-user bob x")
    assert server.ask("add-token t-2 ann,bob") == "ok"
    assert server.takes("t-2", "bob")


def test_a_user_goes_after_the_tokens(server: Controlled) -> None:
    server.ask("add-user bob x")
    server.ask("add-token t-1 bob")
    told = "err user 'bob' could still log in by a token: expire it first"
    assert server.ask("remove-user bob") == told
    assert server.logs_in("bob", "x")
    server.ask("expire-token t-1")
    assert server.ask("remove-user bob") == "ok"
    assert not server.logs_in("bob", "x")
    assert not server.takes("t-1", "bob")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("users x", "users takes no argument, not 'x'"),
        ("add-user", "write add-user NAME PASSWORD"),
        ("add-user bob", "write add-user NAME PASSWORD"),
        ("add-user ann x", "there is a user 'ann' already: set the password instead"),
        ("set-password an x", "there is no user 'an', did you mean 'ann'?"),
        ("remove-user bob", "there is no user 'bob'"),
        ("remove-user ann", "nobody could log in: no user has a password or, with client-ca or"),
        ("add-token t-1", "write add-token TOKEN USER"),
        ("add-token t-1 an", "there is no user 'an', did you mean 'ann'?"),
        ("add-token ! ann", "a token consists of letters, digits and -._~+/"),
        ("expire-token t-1", "there is no such token: add it first"),
    ],
)
def test_a_mistake_changes_nothing(server: Controlled, line: str, told: str) -> None:
    assert server.ask(line).startswith(f"err {told}")
    assert server.ask("users") == 'ok ["ann"]'
    assert server.logs_in("ann", "secret")


def test_a_token_that_nobody_could_send_is_refused() -> None:
    server = Controlled(SETTINGS.replace(allow_oauth_in_clear=None))
    assert "not at all, as there is no TLS" in server.ask("add-token t-1 ann")
    assert not server.accounts.table.tokens


def test_users_change_where_tokens_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("t-1 ann\n")
    server = Controlled(
        SETTINGS.replace(allow_oauth_in_clear=None, tokens=str(tmp_path / "tokens"))
    )
    assert server.ask("add-user bob x") == "ok"
    assert server.ask("expire-token t-1") == "ok"
    assert "not at all, as there is no TLS" in server.ask("add-token t-2 ann")


def test_passwords_that_everybody_guesses_are_refused_where_others_connect() -> None:
    server = Controlled(SETTINGS.replace(users=(User("ann", "x7-hJ"),)))
    server.accounts.be_public()
    assert server.ask("add-user bob bob").startswith("err user 'bob' has a well-known password")
    assert server.ask("add-user bob x7-hJ") == "ok"


def test_the_settings_that_are_read_again_win(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("ann:{PLAIN}secret\n")
    server = Controlled(SETTINGS.replace(users=(), users_file=str(file)))
    server.ask("add-user bob x")
    server.accounts.use(server.accounts.read())
    assert server.ask("users") == 'ok ["ann"]'
    assert not server.logs_in("bob", "x")


def test_a_message_is_for_somebody_who_can_log_in(server: Controlled, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"Subject: one\n\nhello\n")
    assert server.ask(f"add {tmp_path}/one for an") == (
        "err there is no user 'an'; the users are ann"
    )
    server.ask("add-user bob x")
    assert server.ask(f"add {tmp_path}/one for bob") == "ok 1"
    anonymous = Controlled(SETTINGS.replace(users=(), anonymous="guest"))
    assert anonymous.ask(f"add {tmp_path}/one for guest") == "ok 1"
    assert anonymous.ask("clear for ann") == "err there is no user 'ann'; the users are guest"
    team = Controlled(SETTINGS.replace(authzids=(Authzid("ann", "team"),)))
    assert team.ask(f"add {tmp_path}/one for team") == "ok 1"


def test_where_everybody_gets_in_there_is_nobody_to_change(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"Subject: one\n\nhello\n")
    server = Controlled(SETTINGS.replace(users=(), any_user=True))
    told = "err any-user lets everybody in: there are no accounts"
    for line in ("add-user bob x", "set-password bob x", "remove-user bob", "add-token t-1 bob"):
        assert server.ask(line) == told
    assert server.ask("expire-token t-1") == told
    assert json.loads(server.ask("users").removeprefix("ok ")) == []
    assert server.ask(f"add {tmp_path}/one for zoe") == "ok 1"
    assert server.logs_in("zoe", "anything")


def test_messages_are_removed(server: Controlled, tmp_path: Path) -> None:
    server.ask("add-user bob x")
    for user in ("ann", "ann", "bob", "bob"):
        server.store.add(user, b"Subject: one\n\n")
    assert server.ask("remove 1") == "ok"
    assert server.ask("remove 1") == "err ann has no message with the unique-id '1'"
    assert server.ask("remove 3 for bob") == "ok"
    assert server.ask("remove") == "err which message? write remove UID"
    assert server.ask("clear for bo") == "err there is no user 'bo'; the users are ann, bob"
    assert server.ask("clear bob") == "err write clear, or clear for USER, not 'bob'"
    assert server.ask("clear for") == "err write clear, or clear for USER, not 'for'"
    assert server.ask("clear for bob") == "ok 1"
    assert server.ask("clear") == "ok 1"
    held = server.store.open("ann")
    assert server.ask("clear") == "err maildrop is in use by another session"
    held.close()
    assert server.ask("clear") == "ok 0"


def test_messages_of_a_folder_are_removed(tmp_path: Path) -> None:
    for user in ("ann", "bob"):
        (tmp_path / user).mkdir()
        for name in ("1", "2"):
            (tmp_path / user / name).write_bytes(b"Subject: one\n\n")
    one = Controlled()
    one.context = one.context._replace(
        store=create_store(str(tmp_path / "ann")), target=str(tmp_path / "ann"), user=""
    )
    assert one.ask("remove 1") == "ok"
    assert one.ask("clear") == "ok 1"
    several = str(tmp_path / "{user}")
    each = Controlled()
    each.context = each.context._replace(store=create_store(several), target=several, user="")
    assert each.ask("clear") == "err whose messages are they? add for USER"
    each.ask("add-user bob x")
    (tmp_path / "one").write_bytes(b"Subject: one\n\n")
    assert each.ask(f"add {tmp_path}/one") == "err whose message is it? write add FILE for USER"
    assert each.ask(f"add {tmp_path}/one for bo").startswith("err there is no user 'bo'")
    assert each.ask(f"add {tmp_path}/one for bob").startswith("ok ")
    assert len(list((tmp_path / "bob").iterdir())) == 3
    assert each.ask("clear for bob") == "ok 3"
    (tmp_path / "bob" / "1").write_bytes(b"Subject: one\n\n")
    (tmp_path / "bob" / "2").write_bytes(b"Subject: one\n\n")
    assert each.ask("remove 2 for bob") == "ok"
    assert [file.name for file in (tmp_path / "bob").iterdir()] == ["1"]
    shared = Controlled()
    shared.context = shared.context._replace(
        store=create_store(several), target="postgresql://db/mail", user=""
    )
    assert shared.ask("clear") == "err whose messages are they? add for USER"
    assert shared.ask("clear for bo") == "err there is no user 'bo'; the users are ann"
    each.ask("add-user eve x")
    assert each.ask("clear for eve") == "ok 0"  # nothing has been delivered yet
