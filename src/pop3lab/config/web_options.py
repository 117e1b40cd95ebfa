"""The options of the page and the API over HTTP."""

from pop3lab.config.option import option, record
from pop3lab.config.types import FLAG, HOST_PORT, NAME, HostPort, OptionType

_WEB = "page and API over HTTP"


def _place(text: str) -> object:
    """Parse a place or a flag."""
    return FLAG.parse(text) if text.isalpha() else HOST_PORT.parse(text)


_PLACE = OptionType(
    "[[ADDRESS:]PORT]",
    "a port, or ADDRESS:PORT, as in 8110 or [::1]:8110; names are not resolved",
    _place,
    (bool, int, str),
    show=lambda value: "off" if value is False else "on" if value is True else str(value),
)


@record
class WebSettings:
    """The settings of the page. web: True for the usual place, or another if that is taken."""

    web: HostPort | bool = option(
        _WEB,
        _PLACE,
        "serve a page and an API over HTTP; without PORT at 127.0.0.1 port 8110,"
        " or a free port if that is taken",
        default=False,
        bare="true",
        peeks=True,
    )
    web_hosts: tuple[str, ...] = option(
        _WEB,
        NAME,
        "a name by which browsers may call the page, besides localhost",
        name="web-host",
        many=True,
        default=(),
    )
    web_token: bool = option(
        _WEB,
        FLAG,
        "make a token at start, without which nothing is shown; the printed address has it",
        default=False,
    )
    web_read_only: bool = option(_WEB, FLAG, "let nobody change anything over HTTP", default=False)
