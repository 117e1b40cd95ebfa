import poplib
import ssl

import pytest
from fetcher import fetch


@pytest.mark.pop3(tls="implicit", messages=1)
def test_tls_from_the_first_octet(pop3_server):
    assert pop3_server.url.startswith("pop3s://")
    fetch(pop3_server.url, "user", "password", ca_file=pop3_server.ca_file)
    assert pop3_server.wait_session().tls == "TLSv1.3"


@pytest.mark.pop3(tls="starttls", messages=1)
def test_stls(pop3_server):
    fetch(pop3_server.url, "user", "password", ca_file=pop3_server.ca_file)
    assert pop3_server.wait_session().commands[:3] == ["CAPA", "STLS", "CAPA"]


# A client that is not told whom to trust


@pytest.mark.pop3(tls="implicit")
def test_a_certificate_that_nobody_vouches_for_is_refused(pop3_server):
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(pop3_server.url, "user", "password")
    assert pop3_server.wait_session().end_reason == "tls_failed"


# Certificates that are no good


@pytest.mark.parametrize("attack", ["cert-expired", "cert-wrong-host", "cert-self-signed"])
def test_a_bad_certificate_is_refused(make_pop3_server, attack):
    server = make_pop3_server(tls="implicit", quirks=[attack])
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(server.url, "user", "password", ca_file=server.ca_file)


# STLS that is taken away


@pytest.mark.pop3(tls="starttls", quirks=["stls-strip-capa"])
def test_no_password_goes_out_when_stls_is_stripped(pop3_server):
    with pytest.raises(poplib.error_proto, match="STLS"):
        fetch(pop3_server.url, "user", "password", ca_file=pop3_server.ca_file)
    assert "PASS" not in pop3_server.wait_session().commands
