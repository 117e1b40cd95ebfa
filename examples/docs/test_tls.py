import ssl

import pytest
from fetcher import fetch


@pytest.mark.pop3(tls="implicit", messages=1)
def test_tls_from_the_first_octet(pop3_server):
    context = pop3_server.client_context()
    assert fetch(pop3_server.host, pop3_server.port, "user", "password", tls="implicit", context=context)
    assert pop3_server.wait_session().tls == "TLSv1.3"


@pytest.mark.pop3(tls="starttls", messages=1)
def test_stls(pop3_server):
    context = ssl.create_default_context(cafile=pop3_server.ca_file)
    assert fetch(pop3_server.host, pop3_server.port, "user", "password", tls="starttls", context=context)
    assert pop3_server.wait_session().commands[:2] == ["CAPA", "STLS"]


# A client that is not told whom to trust


@pytest.mark.pop3(tls="implicit")
def test_a_certificate_that_nobody_vouches_for_is_refused(pop3_server):
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(pop3_server.host, pop3_server.port, "user", "password", tls="implicit")
    assert pop3_server.wait_session().how == "no TLS"


# Certificates that are no good


@pytest.mark.parametrize("attack", ["cert-expired", "cert-wrong-host", "cert-self-signed"])
def test_a_bad_certificate_is_refused(make_pop3_server, attack):
    server = make_pop3_server(tls="implicit", quirks=[attack])
    context = server.client_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(server.host, server.port, "user", "password", tls="implicit", context=context)


# STLS that is taken away


@pytest.mark.pop3(tls="starttls", messages=1, quirks=["stls-strip-capa"])
def test_no_password_goes_out_when_stls_is_stripped(pop3_server):
    context = pop3_server.client_context()
    with pytest.raises(Exception, match="STLS"):
        fetch(pop3_server.host, pop3_server.port, "user", "password", tls="starttls", context=context)
    assert "PASS" not in pop3_server.wait_session().commands
