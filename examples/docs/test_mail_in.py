import smtplib

import pytest
from fetcher import fetch


# Send and fetch
@pytest.mark.pop3(smtp=True)
def test_what_is_sent_is_fetched(pop3_server):
    with smtplib.SMTP(pop3_server.host, pop3_server.smtp_port) as sender:
        sender.sendmail("joe@example.com", "user@example.com", "Subject: hi\n\nhello\n")
    [text] = fetch(pop3_server.url, "user", "password").values()
    assert text == b"Subject: hi\r\n\r\nhello\r\n"


# Envelope
@pytest.mark.pop3(smtp=True)
def test_the_envelope_is_known(pop3_server):
    with smtplib.SMTP(pop3_server.host, pop3_server.smtp_port) as sender:
        sender.sendmail("joe@example.com", ["a@example.com", "b@example.com"], "Subject: hi\n")
    [message] = pop3_server.messages
    assert message.envelope.sender == "joe@example.com"
    assert message.envelope.recipients == ("a@example.com", "b@example.com")


# Rules
@pytest.mark.pop3(smtp=True)
def test_a_sender_tries_again(pop3_server):
    pop3_server.when("SMTP RCPT", nth=1).do('reply "451 4.7.1 later"')
    for _ in range(2):
        with smtplib.SMTP(pop3_server.host, pop3_server.smtp_port) as sender:
            try:
                sender.sendmail("joe@example.com", "user@example.com", "Subject: hi\n")
            except smtplib.SMTPRecipientsRefused:
                continue
    assert len(pop3_server.messages) == 1
