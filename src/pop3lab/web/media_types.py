"""Which media type a client sends, and which one it wants."""

from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request

from pop3lab.web.problems import RequestProblem

RFC822 = "message/rfc822"


def sent_type(headers: Headers) -> str:
    """Return the media type of the body; empty if the client does not tell it."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def best_of(request: Request, offered: Iterable[str]) -> str:
    """Return the media type that the client accepts most; the first if it accepts all alike.

    Raises RequestProblem if it accepts none (RFC 9110 section 12.5.1).
    """
    ranges = [_range(text) for text in request.headers.get("accept", "*/*").split(",")]
    weighed = [(max(_weights(offer, ranges), default=0.0), offer) for offer in offered]
    weight, best = max(weighed, key=lambda pair: pair[0])
    if weight <= 0:
        told = f"write Accept: {' or '.join(offer for _, offer in weighed)}"
        raise RequestProblem(HTTPStatus.NOT_ACCEPTABLE, told)
    return best


def _range(text: str) -> tuple[str, float]:
    name, _, parameters = text.strip().lower().partition(";")
    _, _, weight = parameters.replace(" ", "").partition("q=")
    try:
        return name.strip(), float(weight or 1)
    except ValueError:
        return name.strip(), 1.0


def _weights(offer: str, ranges: Iterable[tuple[str, float]]) -> Iterable[float]:
    """Yield the weights of the most specific ranges that cover the offer."""
    group = offer.partition("/")[0]
    found = dict[str, float](ranges)
    for name in (offer, f"{group}/*", "*/*"):
        if name in found:
            yield found[name]
            return
