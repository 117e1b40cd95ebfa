"""Requests about the catalogue: what rules can do, and what clients can do wrong."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab import catalogue
from pop3lab.web.shapes import behaviours_shape, profile_shape, violation_shape


def list_quirks(request: Request) -> Response:
    """Answer with all quirks."""
    return JSONResponse({"quirks": behaviours_shape(catalogue.quirks())})


def list_faults(request: Request) -> Response:
    """Answer with all faults."""
    return JSONResponse({"faults": behaviours_shape(catalogue.faults())})


def list_attacks(request: Request) -> Response:
    """Answer with all attacks."""
    return JSONResponse({"attacks": behaviours_shape(catalogue.attacks())})


def list_profiles(request: Request) -> Response:
    """Answer with all profiles."""
    return JSONResponse({"profiles": [profile_shape(each) for each in catalogue.profiles()]})


def list_violations(request: Request) -> Response:
    """Answer with all violations that can be found."""
    return JSONResponse({"violations": [violation_shape(each) for each in catalogue.violations()]})
