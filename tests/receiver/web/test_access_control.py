"""Tests of receiver/web/access_control.py."""

from __future__ import annotations

import pytest

from receiver.web.access_control import AccessControl
from receiver.web.address import WebAddress

LOOPBACK = AccessControl(WebAddress(host="127.0.0.1", port=8080))
GUARDED = AccessControl(WebAddress(host="192.168.1.5", port=8080, token="secret"))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_this_machine_comes_in(host: str) -> None:
    assert LOOPBACK.refusal({"host": host}, {}) is None
    assert LOOPBACK.refusal({"host": host, "origin": f"http://{host}"}, {}) is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "", "[", "127.0.0.1.evil.example"])
def test_a_foreign_name_that_leads_here_does_not(host: str) -> None:
    refusal = LOOPBACK.refusal({"host": host}, {})
    assert refusal is not None and "127.0.0.1" in refusal


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", "//"])
def test_another_site_does_not(origin: str) -> None:
    refusal = LOOPBACK.refusal({"host": "127.0.0.1:8080", "origin": origin}, {})
    assert refusal == "another site may not use this page"


def test_the_token_opens_and_nothing_else_does() -> None:
    headers = {"host": "192.168.1.5:8080", "origin": "http://192.168.1.5:8080"}
    assert GUARDED.refusal(headers, {"token": "secret"}) is None
    for query in ({}, {"token": ""}, {"token": "secre"}, {"token": "sécret"}):
        refusal = GUARDED.refusal(headers, query)
        assert refusal is not None and "token" in refusal
