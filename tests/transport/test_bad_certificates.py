"""Each variant in a handshake with Python's ssl, which has the right CA."""

import ssl
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.x509.oid import NameOID

from pop3lab.core.errors import ConfigError
from pop3lab.transport.bad_certificates import VARIANTS
from pop3lab.transport.certificates import CertificateSet, self_signed
from pop3lab.transport.tls import Tls, make_tls
from pop3lab.transport.tls_engine import TlsEngine

FOR_ANOTHER = "Hostname mismatch, certificate is not valid for 'localhost'."
REASONS = {
    "expired": "certificate has expired",
    "not-yet-valid": "certificate is not yet valid",
    "wrong-host": FOR_ANOTHER,
    "self-signed": "self-signed certificate",
    "unknown-ca": "unable to get local issuer certificate",
    "nul-cn": FOR_ANOTHER,
    "ip-san": FOR_ANOTHER,
    "no-eku": "unsuitable certificate purpose",
    "hostile-text": FOR_ANOTHER,
}
GOOD = {"tls-1.2": "TLSv1.2", "tls-1.3": "TLSv1.3", "sni-or-alert": "TLSv1.3"}
GOOD |= {"sni-or-wrong-host": "TLSv1.3"}
NOT_FOR_ADDRESSES = {"sni-or-alert", "sni-or-wrong-host"}  # they have no SNI (RFC 6066 section 3)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("ca") / "ca.pem")


@pytest.fixture(scope="module")
def own(ca: str) -> CertificateSet:
    return self_signed(["localhost", "127.0.0.1"], ca)


def do_handshake(server: Tls, client: ssl.SSLContext, host: str = "localhost") -> ssl.SSLObject:
    """In memory. Raises what the client has to say."""
    asking = TlsEngine(client, server=False, host=host)
    answering = TlsEngine(server.context)
    for _ in range(4):
        for side, other in ((asking, answering), (answering, asking)):
            side.do_handshake()
            other.feed(side.take())
    if asking.failed:
        raise asking.failed
    return asking.connection


def careful(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


def careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def seen(server: Tls) -> x509.Certificate:
    """The certificate, as a client that looks at nothing gets it."""
    der = do_handshake(server, careless()).getpeercert(binary_form=True)
    assert der
    return x509.load_der_x509_certificate(der)


def common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_each_variant_has_a_test() -> None:
    assert {*REASONS, *GOOD, "tls-1.0", "tls-1.1"} == VARIANTS.keys()


def test_the_own_one_is_good(own: CertificateSet, ca: str) -> None:
    for host in ("localhost", "127.0.0.1"):
        assert do_handshake(own.own, careful(ca), host).version() == "TLSv1.3"


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_careful_client_says_what_is_wrong(
    own: CertificateSet, ca: str, name: str, host: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as error:
        do_handshake(own(name), careful(ca), host)
    address = FOR_ANOTHER.replace("Hostname", "IP address").replace("localhost", host)
    reason = REASONS[name]
    assert error.value.verify_message == (
        address if reason == FOR_ANOTHER and host != "localhost" else reason
    )


@pytest.mark.parametrize("name", ["expired", "not-yet-valid", "no-eku", "self-signed"])
def test_nothing_else_is_wrong(own: CertificateSet, name: str) -> None:
    names = seen(own(name)).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(ip) for ip in names.value.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


@pytest.mark.parametrize("name", REASONS)
def test_a_careless_client_gets_on(own: CertificateSet, name: str) -> None:
    assert do_handshake(own(name), careless()).version() == "TLSv1.3"


def test_nul_in_all_names(own: CertificateSet) -> None:
    certificate = seen(own("nul-cn"))
    assert common_name(certificate) == "localhost\0.attacker.example"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == [
        "localhost\0.attacker.example",
        "127.0.0.1\0.attacker.example",
    ]


def test_the_address_as_a_name(own: CertificateSet) -> None:
    certificate = seen(own("ip-san"))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["127.0.0.1"]
    assert [str(ip) for ip in names.value.get_values_for_type(x509.IPAddress)] == ["192.0.2.1"]


def test_hostile_text(own: CertificateSet) -> None:
    certificate = seen(own("hostile-text"))
    organization = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    for text in (common_name(certificate), str(organization)):
        assert {"\x1b", "\x07", "\b", "\r", "%", "\u00e9", "\u202e"} < set(text)
    assert len(organization) > 5000


@pytest.mark.parametrize("name", GOOD)
def test_what_a_careful_client_of_today_takes(own: CertificateSet, ca: str, name: str) -> None:
    variant = own(name)
    assert do_handshake(variant, careful(ca)).version() == GOOD[name]
    if name in NOT_FOR_ADDRESSES:
        with pytest.raises(ssl.SSLError, match=r"mismatch|alert handshake failure"):
            do_handshake(variant, careful(ca), "127.0.0.1")
    else:
        assert do_handshake(variant, careful(ca), "127.0.0.1").version() == GOOD[name]


@pytest.mark.parametrize("name", ["tls-1.0", "tls-1.1"])
def test_what_a_client_of_today_does_not_speak(own: CertificateSet, ca: str, name: str) -> None:
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        do_handshake(own(name), careful(ca))


def test_the_binding_is_of_the_certificate_that_is_shown(own: CertificateSet) -> None:
    bindings = {own(name).end_point for name in ("expired", "wrong-host")}
    assert len(bindings | {own.own.end_point}) == 3


def test_beside_a_certificate_from_a_file_the_ca_is_unknown(ca: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    path = str(tmp_path / "leaf.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    trusted = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(trusted)
    variant = CertificateSet(make_tls(path, path))("expired")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        do_handshake(variant, careful(trusted))


def test_an_unknown_name_says_which_there_are(own: CertificateSet) -> None:
    with pytest.raises(
        ConfigError, match="unknown certificate 'expird': the certificates are expired, not"
    ):
        own("expird")
