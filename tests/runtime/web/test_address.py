"""Tests of runtime/web/address.py."""

from __future__ import annotations

import pytest

from narrowcast.runtime.web.address import WebAddressError, parse_frame_ancestors, parse_web_address


@pytest.mark.parametrize("text", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "8080"])
def test_this_machine_alone_needs_no_token(text: str) -> None:
    address = parse_web_address(text)
    assert address.loopback and address.port == 8080 and address.token == ""
    assert address.url(8081) == f"http://{address.host}:8081/"


@pytest.mark.parametrize(
    "text", ["*:80", ":80", "0.0.0.0:80", "192.168.1.5:80", "camera.local:80", "[::]:80"]
)
def test_all_else_gets_a_token_of_its_own(text: str) -> None:
    first, second = parse_web_address(text), parse_web_address(text)
    assert not first.loopback and len(first.token) >= 20 and first.token != second.token
    assert first.url(80).endswith(f":80/?token={first.token}")


def test_every_interface_is_told_as_one_that_can_be_opened() -> None:
    address = parse_web_address("*:8080")
    assert address.bind_host == "0.0.0.0"
    assert "*" not in address.url(8080) and "0.0.0.0" not in address.url(8080)


@pytest.mark.parametrize("text", ["", "host", "host:", "host:99999", "http://host:80", "a b:80", "::1:80"])
def test_what_is_no_address_is_told_with_an_example(text: str) -> None:
    with pytest.raises(WebAddressError, match=r"for example 127\.0\.0\.1:8080"):
        parse_web_address(text)


@pytest.mark.parametrize(
    "text", ["", "*", "https://home.example", " https://a.example  http://nas:8123 ", "https://*.b.example:*"]
)
def test_sites_that_may_frame_the_picture_are_taken_as_they_are(text: str) -> None:
    assert parse_frame_ancestors(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    ["home.example", "https://a.example/path", "https://a; script-src *", "'self'", "ftp://a", "https://"],
)
def test_what_is_no_site_is_told_with_an_example(text: str) -> None:
    with pytest.raises(WebAddressError, match="write each site as https://HOST"):
        parse_frame_ancestors(text)
