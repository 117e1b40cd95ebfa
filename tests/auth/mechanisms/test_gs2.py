import pytest

from pop3lab.auth.mechanisms.gs2 import Gs2Header, parse_gs2_header


def test_headers() -> None:
    assert parse_gs2_header("n,,rest, all") == (Gs2Header("n", "", "", "n,,"), "rest, all")
    assert parse_gs2_header("y,a=a=2Cb=3D,") == (Gs2Header("y", "", "a,b=", "y,a=a=2Cb=3D,"), "")
    assert parse_gs2_header("p=tls-unique,,x")[0] == Gs2Header(
        "p", "tls-unique", "", "p=tls-unique,,"
    )


@pytest.mark.parametrize(
    "text", ["", "n", "n,", "nn,,", "p,,", "p=,,", "p=a_b,,", "n,b=x,", "F,n,,"]
)
def test_p231_malformed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_gs2_header(text)
