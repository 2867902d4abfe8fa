"""Tests of runtime/web/access_control.py."""

from __future__ import annotations

import pytest

from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress

LOOPBACK = AccessControl(WebAddress(host="127.0.0.1", port=0), 8080)
ADDRESS = WebAddress(host="192.168.1.5", port=8080, token="secret")
GUARDED = AccessControl(ADDRESS, 8080)
HEADERS = {"host": "192.168.1.5:8080", "origin": "http://192.168.1.5:8080"}


def cookies(header: str | None) -> dict[str, str]:
    """What a browser sends back after Set-Cookie."""
    assert header is not None
    name, _, value = header.partition(";")[0].partition("=")
    return {name: value}


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_this_machine_comes_in(host: str) -> None:
    assert LOOPBACK.refusal({"host": host}, {}) is None
    assert LOOPBACK.refusal({"host": host, "origin": f"http://{host}"}, {}) is None
    assert LOOPBACK.new_cookie({"host": host}, {"token": ""}) is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "", "[", "127.0.0.1.evil.example"])
def test_a_foreign_name_that_leads_here_does_not(host: str) -> None:
    refusal = LOOPBACK.refusal({"host": host}, {})
    assert refusal is not None and "127.0.0.1" in refusal


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9", "//", "http://[", "", "http://\udcff"]
)
def test_another_site_does_not(origin: str) -> None:
    refusal = LOOPBACK.refusal({"host": "127.0.0.1:8080", "origin": origin}, {})
    assert refusal == "another site may not use this page"


def test_the_token_gives_a_cookie_and_the_cookie_lets_in() -> None:
    header = GUARDED.new_cookie(HEADERS, {"token": "secret"})
    assert header is not None and header.startswith("narrowcast-8080=")
    assert header.endswith("; Path=/; HttpOnly; SameSite=Strict") and "secret" not in header
    assert GUARDED.refusal(HEADERS, cookies(header)) is None


@pytest.mark.parametrize("token", ["", "secre", "sécret", "secret\udcff", "SECRET"])
def test_another_token_gives_none(token: str) -> None:
    assert GUARDED.new_cookie(HEADERS, {"token": token}) is None
    assert GUARDED.new_cookie({**HEADERS, "origin": "http://evil.example"}, {"token": "secret"}) is None


def test_the_cookie_of_another_start_or_port_is_refused() -> None:
    for earlier in (AccessControl(ADDRESS, 8080), AccessControl(ADDRESS, 8081)):
        old = cookies(earlier.new_cookie(HEADERS, {"token": "secret"}))
        assert "since it was last started" in (GUARDED.refusal(HEADERS, old) or "")
    for wrong in ({}, {"narrowcast-8080": ""}, {"narrowcast-8080": "secret"}, {"narrowcast-8080": "\udcff"}):
        assert GUARDED.refusal(HEADERS, wrong) is not None
