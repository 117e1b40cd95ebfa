"""Which value holds, where it came from, and what is said of a wrong one."""

import re
from collections.abc import Mapping
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from pop3lab.cli.words import server_texts
from pop3lab.config.checks import check_settings
from pop3lab.config.option import ANYWHERE, COMMAND_LINE, ENVIRONMENT, IN_FILE, START
from pop3lab.config.options import TABLE, Settings
from pop3lab.config.reading import Loaded, load
from pop3lab.config.types import HOST, HOST_PORT, Authzid, HostPort, User
from pop3lab.core.config import Limits
from pop3lab.core.errors import ConfigError


def loaded(*words: str, environ: Mapping[str, str] | None = None) -> Loaded:
    return load(server_texts(words), environ or {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pop3lab.toml"


def test_without_anything_the_defaults_hold() -> None:
    nothing = loaded()
    assert nothing.settings == Settings()
    assert set(nothing.origins.values()) == {"default"}
    assert (nothing.settings.hosts, nothing.settings.port) == (("127.0.0.1",), 1110)
    assert nothing.settings.tls_port is None


def test_the_nearer_source_wins(file: Path) -> None:
    file.write_text("port = 1\nworkers = 1\ngrace = 1\n")
    environ = {"POP3LAB_PORT": "2", "POP3LAB_WORKERS": "2"}
    found = loaded("--config", str(file), "--port", "3", environ=environ)
    assert (found.settings.port, found.settings.workers, found.settings.grace) == (3, 2, 1.0)
    assert [found.origins[name] for name in ("port", "workers", "grace", "host")] == [
        "command line",
        "environment POP3LAB_WORKERS",
        f"file {file}",
        "default",
    ]


def test_users_of_all_sources_are_together(file: Path) -> None:
    file.write_text(
        "host = '127.0.0.2'\n[[user]]\nname = 'ann'\npassword = 'a'\n"
        "[[user]]\nname = 'bob'\npassword = 'b'\n"
    )
    environ = {"POP3LAB_USER": "cat:c"}
    words = ("--config", str(file), "--user", "dog:d", "--user", "ann:e", "--host", "127.0.0.3")
    found = loaded(*words, environ=environ)
    users = [(user.name, user.password) for user in found.settings.users]
    assert users == [("ann", "a"), ("bob", "b"), ("cat", "c"), ("dog", "d"), ("ann", "e")]
    assert found.origins["user"] == f"file {file} and environment POP3LAB_USER and command line"
    assert found.settings.hosts == ("127.0.0.3",)  # of other lists the nearer one wins
    with pytest.raises(ConfigError, match="user 'ann' is given twice"):
        check_settings(found.settings.replace(target="mail"))


def test_a_rule_is_a_text_on_the_command_line_and_a_table_in_a_file(file: Path) -> None:
    file.write_text(
        "[[rule]]\nwhen = 'RETR 2 or TOP'\ndo = 'reset'\ntimes = 1\n[[rule]]\ndo = 'delay 2'\n"
        "[[rule]]\ndo = 'close'\ntimes = 2\n"
    )
    assert loaded("--config", str(file)).settings.rules == (
        "(RETR 2 or TOP) times=1 -> reset",
        "delay 2",
        "times=2 -> close",
    )
    words = ("--rule", "RETR 2 -> reset", "--rule=delay 2")
    assert loaded(*words).settings.rules == ("RETR 2 -> reset", "delay 2")
    environ = {"POP3LAB_RULE": "\nRETR 2 -> reset\ndelay 2\n"}  # in lines, as it has blanks
    assert loaded(environ=environ).settings.rules == ("RETR 2 -> reset", "delay 2")
    for wrong, why in [
        ("wen = 'x'", r"rule\[1\].wen: unknown setting, did you mean 'when'"),
        ("when = 'RETR'", "it has no do"),
        ("do = 3", "give text"),
    ]:
        file.write_text(f"[[rule]]\n{wrong}\n")
        with pytest.raises(ConfigError, match=why):
            loaded("--config", str(file))


SAMPLES = {
    "a port from 0 to 65535, or the path of a socket, with a slash in it": ("./in", "./in"),
    "NAME:USER, who may act, and for whom": ("ann:bob", Authzid("ann", "bob")),
    "a folder, a Maildir, an mbox file, gen:..., memory: or postgresql://...": ("gen:5", "gen:5"),
    "the path of a file": ("/tmp/x", "/tmp/x"),
    "the path of a file, or - for stderr": ("-", "/dev/stderr"),
    "a name": ("ann", "ann"),
    "a quirk or fault with its values": ("no-top", "no-top"),
    "a descriptor that is open for writing, from 2 on; 1 is for the port and the statistics": (
        "2",
        2,
    ),
    "a number of seconds above 0, as 1.5 or 200ms": ("1500ms", 1.5),
    "a user of this machine, perhaps with a group": ("mail:mail", "mail:mail"),
    "a line of printable text": ("a text", "a text"),
    "true or false": ("true", True),
    "a number of seconds, 0 or more, as 1.5 or 200ms": ("2.5", 2.5),
    "a port from 0 to 65535, or off": ("995", 995),
    "an IPv4 or IPv6 address; names are not resolved": ("::1", "::1"),
    "a port, or ADDRESS:PORT, as in 9100 or [::1]:9100; names are not resolved": (
        "[::1]:9100",
        HostPort("::1", 9100),
    ),
    "a port, or ADDRESS:PORT, as in 8110 or [::1]:8110; names are not resolved": (
        "[::1]:8110",
        HostPort("::1", 8110),
    ),
    "a network, as in 10.0.0.0/8 or ::1/128": ("10.0.0.0/8", ip_network("10.0.0.0/8")),
    "a number of days, or never": ("30", 30),
    "NAME:PASSWORD, in a file a [[user]] table": ("ann:a:b", User("ann", "a:b")),
}


def sample(name: str) -> tuple[str, object]:
    """A text for this setting, and its value."""
    kind = TABLE[name].type
    if kind.wanted.startswith("one of"):
        word = kind.wanted.rsplit(", ")[-1]
        return word, word
    if bounds := re.match("a whole number from ([0-9]+) to [0-9]+", kind.wanted):
        number = max(9, int(bounds[1]))
        return str(number), number
    return SAMPLES[kind.wanted]


@pytest.mark.parametrize("name", [name for name in TABLE if name not in ("config", "rule")])
def test_each_setting_has_one_name_everywhere(name: str, file: Path) -> None:
    row = TABLE[name]
    text, one = sample(name)
    value = (one,) if row.many else one
    words = [row.word] if value is True else [f"{row.word}={text}"]
    assert row.value(loaded(*words).settings) == value
    if row.where & ENVIRONMENT:
        assert row.value(loaded(environ={row.variable: text}).settings) == value
    plain = isinstance(one, bool | int | float) and not text.endswith("ms")
    file.write_text(f"{name} = {text if plain else repr(text)}\n")
    if not row.where & IN_FILE:
        with pytest.raises(ConfigError, match=f"{name}: is not allowed in a file"):
            loaded("--config", str(file))
    elif not row.type.table:
        assert row.value(loaded("--config", str(file)).settings) == value


@pytest.mark.parametrize(
    ("text", "host"), [("9100", "127.0.0.1"), ("0.0.0.0:9100", "0.0.0.0"), ("[::]:9100", "::")]
)
def test_other_machines_reach_a_port_only_where_its_address_says_so(text: str, host: str) -> None:
    assert HOST_PORT.parse(text) == HostPort(host, 9100)
    assert HOST_PORT.parse(str(HOST_PORT.parse(text))) == HostPort(host, 9100)


@pytest.mark.parametrize(
    "text", ["", "off", ":9100", "::1", "::1:9100", "[::1]", "localhost:9100", "9100:", "70000"]
)
def test_what_is_no_port_with_or_without_an_address(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is for some types
        HOST_PORT.parse(text)


def test_only_what_is_of_one_start_has_no_place_somewhere() -> None:
    odd = {row.name: row.where for row in TABLE.values() if row.where != ANYWHERE}
    of_a_start = ("fd", "tls-fd", "config", "ready-fd")
    assert odd == {**dict.fromkeys(of_a_start, START), "hint": COMMAND_LINE}


def test_each_limit_of_a_session_is_a_setting() -> None:
    names = {f"limit-{field.name.replace('_', '-')}" for field in fields(Limits)}
    assert names == {name for name in TABLE if name.startswith("limit-")}
    assert isinstance(loaded().settings.limits, Limits)
    assert loaded("--limit-idle", "0.5").settings.limits.idle == 0.5


def test_users_in_a_file_are_tables(file: Path) -> None:
    file.write_text(
        '[[user]]\nname = "ann"\npassword = "s"\nmaildrop = "gen:1"\n[[user]]\nname = "bob"\n'
    )
    users = loaded("--config", str(file)).settings.users
    assert users == (User("ann", "s", "gen:1"), User("bob"))


def test_lists_are_repeated_options_and_words_of_a_variable(file: Path) -> None:
    file.write_text('quirk = ["c"]\nhost = "::1"\n')
    assert loaded("--quirk", "a", "--quirk", "b").settings.quirks == ("a", "b")
    assert loaded(environ={"POP3LAB_QUIRK": " a  b "}).settings.quirks == ("a", "b")
    found = loaded("--config", str(file), "--quirk", "a").settings
    assert (found.quirks, found.hosts) == (("a",), ("::1",))


def test_a_flag_can_be_taken_back_nearer(file: Path) -> None:
    file.write_text("public = true\n")
    assert loaded("--config", str(file)).settings.public
    assert not loaded("--config", str(file), "--no-public").settings.public
    assert not loaded("--config", str(file), environ={"POP3LAB_PUBLIC": "no"}).settings.public


def test_paths_in_a_file_are_relative_to_it(file: Path) -> None:
    file.write_text('target = "mail/{user}"\ncert = "/etc/cert"\n')
    found = loaded("--config", str(file)).settings
    assert found.target == str(file.parent / "mail" / "{user}")
    assert found.cert == "/etc/cert"
    file.write_text('target = "gen:5?messages=3"\n')
    assert loaded("--config", str(file)).settings.target == "gen:5?messages=3"


def test_the_users_own_file_is_read_unless_another_is_named(file: Path, tmp_path: Path) -> None:
    home = tmp_path / ".config" / "pop3lab"
    home.mkdir(parents=True)
    (home / "config.toml").write_text("workers = 7\n")
    file.write_text("")
    for environ in ({"XDG_CONFIG_HOME": str(home.parent)}, {"HOME": str(tmp_path)}):
        assert loaded(environ=environ).settings.workers == 7
        assert loaded("--config", str(file), environ=environ).settings.workers == 1
    assert loaded(environ={"POP3LAB_CONFIG": str(file)}).origins["config"].endswith("CONFIG")
    assert loaded(environ={"XDG_CONFIG_HOME": "relative", "HOME": ""}).settings.workers == 1
    assert loaded(environ={"XDG_CONFIG_HOME": str(tmp_path)}).settings.workers == 1


def test_a_tls_port_without_a_certificate_asks_for_one_that_is_made() -> None:
    found = loaded("--tls-port", "0")
    assert found.settings.tls_self_signed
    assert found.origins["tls-self-signed"] == "default, as tls-port is set"
    assert not loaded("--tls-port", "0", "--no-tls-self-signed").settings.tls_self_signed
    assert not loaded("--tls-port", "off").settings.tls_self_signed
    assert not loaded("--tls-port", "0", "--cert", "c").settings.tls_self_signed


def test_tls_without_a_port_gets_one() -> None:
    assert loaded("--tls-self-signed").settings.tls_port == 1995
    assert loaded("--cert", "c", "--key", "k", "--port", "0").settings.tls_port == 0
    assert loaded("--tls-self-signed", "--tls-port", "off").settings.tls_port is None


def test_an_inherited_socket_stands_for_the_port() -> None:
    assert loaded("--fd", "3").settings.port is None
    assert loaded("--tls-fd", "3", "--tls-self-signed").settings.tls_port is None
    assert loaded("--fd", "3", "--port", "0").settings.port == 0


SECONDS = "give a number of seconds, 0 or more, as 1.5 or 200ms"

WRONG = [
    ("prot = 1", "{file}: prot: unknown setting, did you mean 'port'?"),
    ("tls_port = 1", "{file}: tls_port: unknown setting, did you mean 'tls-port'?"),
    ("port = true", "{file}: port: is true or false: give a port from 0 to 65535, or off"),
    ("port = 65536", "{file}: port: '65536' is wrong: give a port from 0 to 65535, or off"),
    ("grace = 'soon'", "{file}: grace: 'soon' is wrong: " + SECONDS),
    ("grace = nan", "{file}: grace: 'nan' is wrong: " + SECONDS),
    ("grace = 2020-01-01", "{file}: grace: is a date: " + SECONDS),
    ("public = 1", "{file}: public: is a whole number: give true or false"),
    ("cert = ''", "{file}: cert: '' is wrong: give the path of a file"),
    (
        "host = ['::1', 'localhost']",
        f"{{file}}: host[2]: 'localhost' is wrong: give {HOST.wanted}",
    ),
    (
        "ready = 'jsno'",
        "{file}: ready: 'jsno' is wrong: give one of port, json, did you mean 'json'?",
    ),
    (
        "[[user]]\nname='a'\n[[user]]\nname='b'\npasswrod='c'",
        "{file}: user[2].passwrod: unknown setting, did you mean 'password'?",
    ),
    ("[[user]]\nname=1", "{file}: user[1].name: give text between quotes"),
    ("[[user]]\npassword='x'", "{file}: user[1]: it has no name: give one, as in name = 'ann'"),
    ("[[user]]\nname='a'\npassword=''", "{file}: user[1]: has an empty or unprintable text"),
    (
        "user = ['ann']",
        "{file}: user[1]: its value is wrong: give NAME:PASSWORD, in a file a [[user]] table",
    ),
    ("[limits]\nidle=1", "{file}: limits: unknown setting, did you mean 'limit-busy'?"),
    ("port = = 1", "{file}: is not TOML: Invalid value (at line 1, column 8)"),
]


@pytest.mark.parametrize(("text", "complaint"), WRONG)
def test_what_is_wrong_in_a_file_is_one_clear_sentence(
    text: str, complaint: str, file: Path
) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        loaded("--config", str(file))
    assert str(error.value) == complaint.format(file=file)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match=r"^/nowhere: cannot be read: No such file"):
        loaded("--config", "/nowhere")


def test_what_is_wrong_in_the_environment_is_said() -> None:
    with pytest.raises(
        ConfigError, match=r"POP3LAB_TSL_PORT: unknown setting, .* 'POP3LAB_TLS_PORT'"
    ):
        loaded(environ={"POP3LAB_TSL_PORT": "1"})
    with pytest.raises(
        ConfigError, match="environment: POP3LAB_PUBLIC: 'maybe' is wrong: give true"
    ):
        loaded(environ={"POP3LAB_PUBLIC": "maybe"})
    assert loaded(environ={"POP3LAB_TLS_PORT": "", "OTHER": "x"}).settings == Settings()


def test_what_is_wrong_on_the_command_line_is_said_without_secrets() -> None:
    with pytest.raises(ConfigError, match=r"^--workers: '0' is wrong: give a whole number from 1"):
        loaded("--workers", "0")
    with pytest.raises(ConfigError, match=r"^--user: its value is wrong: give NAME:PASSWORD"):
        loaded("--user", "hunter2")


def test_no_password_is_in_a_repr_or_a_str() -> None:
    settings = loaded("--user", "ann:hunter2").settings
    assert "hunter2" not in repr(settings)
    assert TABLE["user"].show(settings.users) == "ann:********"
    assert str(User("bob", None, "gen:1")) == "bob (gen:1)"


@pytest.mark.parametrize(
    ("name", "bounds"), [("line", "from 47 to 2147483648"), ("response", "from 512 to 2147483648")]
)
def test_a_limit_of_octets_says_its_bounds_at_once(name: str, bounds: str) -> None:
    for octets in ("0", "46", "2147483649"):
        with pytest.raises(ConfigError, match=f"'{octets}' is wrong: give a whole number {bounds}"):
            loaded(f"--limit-{name}", octets)


def test_p007_the_times_for_silence_and_for_logging_in_are_ten_minutes_by_default() -> None:
    limits = Settings().limits
    assert limits.idle >= 600
    assert limits.login >= 600
