"""Drivers as they are written, and their placeholders."""

import zipfile
from pathlib import Path

import pytest

from pop3lab.clients.loader import load_driver, shipped_drivers
from pop3lab.clients.template import fill_in, placeholders
from pop3lab.core.errors import ConfigError

DRIVER = """
schema = 1
name = "fetch"
claims = ["remembers"]
success = [0, 1]
[version]
command = ["fetch", "-V"]
pattern = '(\\S+)'
[operations]
delete = ["fetch", "--rc", "{rc}"]
[files]
rc = "port {port}"
[tls]
stls = "--stls {ca}"
[auth]
password = ""
cram-md5 = "--cram"
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "fetch.toml"
    path.write_text(text)
    return load_driver(str(path))


def test_a_driver_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fetch.toml"
    path.write_text(DRIVER)
    driver = load_driver(str(path))
    assert (driver.name, driver.kind, driver.delivers) == ("fetch", "program", "files")
    assert driver.operations == {"delete": ("fetch", "--rc", "{rc}")}
    assert driver.tls == {"stls": "--stls {ca}"}
    assert driver.auth == {"": "", "cram-md5": "--cram"}
    assert (driver.claims, driver.success) == (("remembers",), (0, 1))
    assert driver.placeholders == {"rc", "port", "ca"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("schema = 1", "schema = 2", "schema = 2: this version reads schema = 1"),
        ('name = "fetch"', "", "name is missing"),
        ('name = "fetch"', "name = 1", "name: write a text"),
        ('["remembers"]', '["forgets"]', "claims: write some of remembers, timeout"),
        ("[0, 1]", '["0"]', "success: write a whole number"),
        ("{port}", "{prot}", "{prot} is not a placeholder.*port"),
        ("delete =", "remove =", "operations.remove: is not known"),
        ('delete = ["fetch", "--rc", "{rc}"]', "", "needs a command for delete"),
        ('["fetch", "--rc", "{rc}"]', "[]", "a list with the command and its arguments"),
        ("stls =", "starttls =", "tls.starttls: is not known.*stls"),
        ("cram-md5 =", "cram =", "auth.cram: is not known.*cram-md5"),
        ("schema = 1", "schema = 1\nkinds = 1", "kinds: is not known.*kind"),
        ("schema = 1", 'schema = 1\ndelivers = "imap"', "delivers: write one of files"),
        ('[files]\nrc = "port {port}"', "[[files]]", "files: write a table"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in DRIVER
    with pytest.raises(ConfigError, match=told):
        load(tmp_path, DRIVER.replace(old, new, 1))


@pytest.mark.parametrize("name", shipped_drivers())
def test_the_drivers_that_come_along_can_be_read(name: str) -> None:
    driver = load_driver(shipped_drivers()[name])
    assert driver.name == name
    assert driver.about
    assert set(driver.operations) == {"delete", "keep"}


def test_a_driver_can_be_read_from_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.pyz", "w") as archive:
        archive.writestr("drivers/fetch.toml", DRIVER)
        archive.writestr("drivers/wrong.toml", "schema = ")
    drivers = zipfile.Path(tmp_path / "all.pyz", "drivers/")
    assert load_driver(drivers / "fetch.toml") == load(tmp_path, DRIVER)
    with pytest.raises(ConfigError, match=r"all\.pyz/drivers/wrong\.toml: is not TOML"):
        load_driver(drivers / "wrong.toml")


def test_the_driver_of_the_manual_can_be_read() -> None:
    assert load_driver("examples/docs/driver.toml").name == "fetch"


def test_placeholders_are_filled_in() -> None:
    values = {"host": "localhost", "tls": "tls {host}"}
    assert (
        fill_in("{host} ${HOME} {1..3} {tls}", values) == "localhost ${HOME} {1..3} tls localhost"
    )
    assert placeholders("{host} {HOME} {rc-keep}") == {"host", "rc-keep"}
    with pytest.raises(ConfigError, match=r"\{hots\} is not a placeholder.*host"):
        fill_in("{hots}", values)
