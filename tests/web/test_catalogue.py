"""The catalogue, the server itself, and the description of the door over HTTP."""

import httpx
import pytest

from pop3lab import Pop3Server, __version__, catalogue


@pytest.mark.parametrize("family", ["quirks", "faults", "attacks", "profiles"])
def test_the_catalogue_is_shown(api: httpx.Client, family: str) -> None:
    rows = api.get(family).json()[family]
    assert [row["name"] for row in rows] == [row.name for row in getattr(catalogue, family)()]


def test_violations_are_shown(api: httpx.Client) -> None:
    rows = api.get("violations").json()["violations"]
    assert [row["id"] for row in rows] == [row.id for row in catalogue.violations()]


def test_how_to_connect(server: Pop3Server, api: httpx.Client) -> None:
    about = api.get("about").json()
    assert about["endpoints"] == [{"host": server.host, "port": server.port, "tls": "none"}]
    assert (about["user"], about["password"]) == ("user", "password")
    assert api.get("version").json() == {"name": "pop3lab", "version": __version__}
    assert api.get("livez").text == "ok\n"


def test_the_description_is_served_with_the_page(server: Pop3Server, api: httpx.Client) -> None:
    described = httpx.get(f"{server.web_url}api/v1/openapi.json", verify=False)
    assert described.json()["openapi"] == "3.1.0"
    assert httpx.get(server.web_url, verify=False).headers["content-type"].startswith("text/html")
    assert api.get("nothing").status_code == 404
    assert api.post("version").status_code == 405
