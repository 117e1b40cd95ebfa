"""The options for mail in by SMTP and LMTP.

These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.config.option import option, record
from pop3lab.config.types import FILE, NAME, PORT, OptionType

_MAIL = "mail in by SMTP and LMTP"


def _place(text: str) -> object:
    """Parse a path or a port."""
    return (FILE if "/" in text else PORT).parse(text)


_PLACE = OptionType(
    "PORT|SOCKET",
    "a port from 0 to 65535, or the path of a socket, with a slash in it",
    _place,
    (int, str),
)


@record
class MailSettings:
    """The settings of mail in. lmtp: a port, or the path of a socket."""

    smtp_port: int | None = option(
        _MAIL, PORT, "port for SMTP, with STARTTLS if TLS is set up; 0: a free one"
    )
    smtp_tls_port: int | None = option(_MAIL, PORT, "port for SMTP over TLS; 0: a free one")
    lmtp: int | str | None = option(
        _MAIL, _PLACE, "port, or path of a socket, for LMTP; 0: a free port"
    )
    catch_all: str | None = option(_MAIL, NAME, "the user who gets mail that comes for nobody else")

    @property
    def takes_mail(self) -> bool:
        """Whether mail comes in by SMTP or LMTP."""
        return not (self.smtp_port is None and self.smtp_tls_port is None and self.lmtp is None)
