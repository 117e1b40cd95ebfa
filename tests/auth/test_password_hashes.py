"""The hashes are those of `doveadm pw -p secret` 2.3.19, one for each scheme."""

import sys

import pytest

from pop3lab.auth.password_hashes import SCHEMES, SCHEMES_TO_MAKE, read_password, write_password
from pop3lab.core.errors import ConfigError

DOVECOTS = """\
{PLAIN}secret
{CLEARTEXT}secret
{CLEAR}secret
{PLAIN.B64}c2VjcmV0
{PLAIN.HEX}736563726574
{CRYPT}$2y$05$jEqLRIIqKjbTiMWR7SQCNuBdhmxJGZo21TzwM2mBFUu/yKQ2pk2AC
{BLF-CRYPT}$2y$05$Nhibx9nVaPzB3DAkxqEF/e1PXejrEGomwPGCklfwn38Q6.uLNapwO
{CRYPT}$5$29DrwP.E2kQcNQd8$pDKjusYIERObiNm7Wb.2RHVdf1HtnZHeb1ZYScLWeJ8
{SHA256-CRYPT}$5$29DrwP.E2kQcNQd8$pDKjusYIERObiNm7Wb.2RHVdf1HtnZHeb1ZYScLWeJ8
{SHA512-CRYPT}$6$XZLqYW6WV3uvUccM$bsd3e1spmDMtfCLVoWUItu23nBX7OHphfVgND7mZSqapXf1nYtgEhx4e6Zn598X8HRxRVAktmDnZYJxym2zmp0
{MD5-CRYPT}$1$EFhKMVAt$DXOPRdS.DdvnzVEHnM8qz1
$1$EFhKMVAt$DXOPRdS.DdvnzVEHnM8qz1
{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$0NPINIBY5EKU0rGdACMoNw$RgDMqFieHZ0iBlkBm5b5BRQkEbWpPepcgdGEP3zbb+g
{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$Den2YJ2lSTDiSBa9oFofMg$hUmcmZakrKQrp9V8rj/mJ+4WVtaALfQq1O1Haw8h52o
{SSHA}76vck6ggd3IPmKU4JMcAUS/1ovePcgLk
{SSHA256}2YNDkqOQqIqcRJV4IrkhR/42nCtu3VrGbaJZirSUyv4NYaKp
{SSHA512}FcAGH2LfHl3x2OU/FS6p4GUpsVy63eRn+YHWFQrODyBf/vad3VsLhrVMhxRDyYx7OnNy4wirMB+bgxDId3jL4qKn0Uo=
{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ=
{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=
{SHA512}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg==
{SMD5}mTbEx5WAeV7qbtqWwGG8n8narhE=
{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==
{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69
{SCRAM-SHA-1}4096,OHiR58H/AqOZhgo1lkpMQg==,YKP32ukMpgk+y4A/yAhA3RUagc8=,wA70CZYOSMJ+8Fek+gfmh9ACShI=
{SCRAM-SHA-256}4096,TM2XNujrLVYXvv8YeSPFeg==,CwZ9lhMN6sioHBo478NOfMrP1uhRe02DFs6iFdKhBEY=,4XFGW/tr9PXI1DQyp6R3WvwsAU3KM1LJX00cm7FiSXQ=
{PBKDF2}$1$8ILws/A.drPIdFJr$5000$95f16aa3606a3099b1a06ec8127517e2d6891f2e
{SHA256.HEX}2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b
{SSHA256.HEX}79bf25460900fab5afc7c487b1365ddd1ae451bc132556466a0e057f7a3a7a8fbdc16d69
""".split()  # noqa: SIM905


def scheme(field: str) -> str:
    return field[1:].partition("}")[0].partition(".")[0]


@pytest.mark.slow
@pytest.mark.parametrize("field", DOVECOTS)
def test_p047_dovecots_hashes(field: str) -> None:
    stored = read_password(field)
    assert stored.matches(b"secret")
    for wrong in (b"Secret", b"secre", b"secrets", b"secret ", b"", b"x" * 255):
        assert not stored.matches(wrong)


def test_each_scheme_is_tried() -> None:
    assert {scheme(field) for field in DOVECOTS} >= set(SCHEMES)


@pytest.mark.parametrize("field", DOVECOTS)
def test_no_secret_is_shown(field: str) -> None:
    shown = repr(read_password(field))
    assert field[-12:] not in shown
    assert "secret" not in shown


@pytest.mark.parametrize("field", [field.lower() for field in DOVECOTS[:3]])
def test_schemes_without_case(field: str) -> None:
    assert read_password(field).matches(b"secret")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMES_TO_MAKE)
def test_what_is_written_can_be_read(name: str) -> None:
    field = write_password("pässword", name.lower())
    assert field.startswith(f"{{{name}}}")
    stored = read_password(field)
    assert stored.matches("pässword".encode())
    assert not stored.matches(b"password")
    assert (write_password("pässword", name) == field) == (name == "PLAIN")


def test_what_can_be_known_of_it() -> None:
    assert read_password("{PLAIN}secret").clear == "secret"
    assert read_password("{PLAIN.B64}c2VjcmV0").clear == "secret"
    keys = read_password(next(field for field in DOVECOTS if "SCRAM-SHA-256" in field)).keys
    assert keys
    assert keys.iterations == 4096
    assert {read_password(field).cost for field in DOVECOTS if "$6$" in field} == {"5000"}


@pytest.mark.parametrize("field", ["", "*", "!", "!!"])
def test_locked(field: str) -> None:
    stored = read_password(field)
    assert not stored.matches(b"")
    assert not stored.matches(field.encode())


SECRETS = "hunter2xyz"
BROKEN = [
    SECRETS,
    f"{{NOSUCH}}{SECRETS}",
    f"{{PLAIN{SECRETS}",
    f"{{PLAIN.ROT13}}{SECRETS}",
    f"{{SHA}}{SECRETS}",
    f"{{SHA.HEX}}{SECRETS}",
    f"{{SSHA}}{'5en6G6MezRroT3XKqkdPOmY/BfQ='}",
    "{SHA}76vck6ggd3IPmKU4JMcAUS/1ovePcgLk",
    f"{{PBKDF2}}{SECRETS}",
    "{PBKDF2}$2$8ILws/A.drPIdFJr$5000$95f16aa3606a3099b1a06ec8127517e2d6891f2e",
    "{PBKDF2}$1$8ILws/A.drPIdFJr$0$95f16aa3606a3099b1a06ec8127517e2d6891f2e",
    f"{{SCRAM-SHA-256}}{SECRETS}",
    f"{{SCRAM-SHA-256.HEX}}{SECRETS}",
    "{SCRAM-SHA-256}4095,TM2XNujrLVYXvv8YeSPFeg==,CwZ9lhMN6sioHBo478NOfMrP1uhRe02DFs6iFdKhBEY=,4XFGW/tr9PXI1DQyp6R3WvwsAU3KM1LJX00cm7FiSXQ=",
    "{SCRAM-SHA-256}4096,TM2X,CwZ9lhMN6sioHBo478NOfMrP1uhRe02DFs6iFdKhBEY=,4XFGW/tr9PXI1DQyp6R3WvwsAU3KM1LJX00cm7FiSXQ=",
    "{SCRAM-SHA-1}4096,TM2XNujrLVYXvv8YeSPFeg==,CwZ9lhMN6sioHBo478NOfMrP1uhRe02DFs6iFdKhBEY=,4XFGW/tr9PXI1DQyp6R3WvwsAU3KM1LJX00cm7FiSXQ=",
    f"{{SHA512-CRYPT}}{SECRETS}",
    f"{{SHA512-CRYPT}}$5${SECRETS}",
    f"{{SHA512-CRYPT}}$6${SECRETS}",
    f"{{SHA512-CRYPT}}$6$rounds=x${SECRETS}",
    f"{{CRYPT}}{SECRETS}",
    f"$6${SECRETS}",
    f"{{BLF-CRYPT}}$2y$05${SECRETS}",
    "{BLF-CRYPT}$2y$99$Nhibx9nVaPzB3DAkxqEF/e1PXejrEGomwPGCklfwn38Q6.uLNapwO",
    f"{{ARGON2ID}}$argon2id${SECRETS}",
    "{ARGON2I}$argon2id$v=19$m=65536,t=3,p=1$0NPINIBY5EKU0rGdACMoNw$RgDMqFieHZ0iBlkBm5b5BRQkEbWpPepcgdGEP3zbb+g",
]


@pytest.mark.parametrize("field", BROKEN)
def test_broken_fields_are_not_shown(field: str) -> None:
    with pytest.raises(ValueError, match=r"scheme|SCHEME|behind|form") as error:
        read_password(field)
    assert SECRETS not in str(error.value)
    assert field not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_nothing_behind_the_scheme() -> None:
    with pytest.raises(ValueError, match=r"nothing behind \{PLAIN\}"):
        read_password("{PLAIN}")


@pytest.mark.parametrize(
    ("name", "library", "extra"),
    [
        ("ARGON2ID", "argon2", "argon2"),
        ("SHA512-CRYPT", "passlib.hash", "crypt"),
        ("BLF-CRYPT", "bcrypt", "crypt"),
    ],
)
def test_a_missing_library_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    field = next(field for field in DOVECOTS if scheme(field) == name)
    for ask in (lambda: read_password(field), lambda: write_password("secret", name)):
        with pytest.raises(ConfigError) as error:
            ask()
        assert str(error.value) == f"{name} needs a library: pip install 'pop3lab[{extra}]'"


@pytest.mark.parametrize(
    ("password", "name"),
    [("", "PLAIN"), ("a\nb", "PLAIN"), ("secret", "SHA"), ("é" * 37, "BLF-CRYPT")],
)
def test_what_is_not_written(password: str, name: str) -> None:
    with pytest.raises(ConfigError):
        write_password(password, name)


@pytest.mark.slow
def test_bcrypt_reads_72_octets_as_crypt_does() -> None:
    stored = read_password(write_password("x" * 72, "BLF-CRYPT"))
    assert stored.matches(b"x" * 72)
    assert stored.matches(b"x" * 255)
    assert not stored.matches(b"x" * 71)
