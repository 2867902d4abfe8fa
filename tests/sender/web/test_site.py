"""Tests of sender/web/site.py: where the page is, what a person is told, and how it ends."""

from __future__ import annotations

import ssl
import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from narrowcast.protocol import StreamParameters
from narrowcast.runtime.private_files import HOME_VARIABLE
from narrowcast.runtime.web.address import WebAddress, WebError, parse_web_address
from narrowcast.sender.web.site import SenderSite
from tests.pipelines import wait_until
from tests.sender.web.sites import PythonBrowser, sender_with_page, socket_url

STREAM = StreamParameters(width=96, height=64, fps=15.0, codec="jpeg")


def site_at(address: WebAddress, certificate: Path | None = None) -> SenderSite:
    return SenderSite(address, STREAM, lambda sequence: None, certificate)


def test_loopback_is_plain_and_all_else_encrypted_with_a_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    plain = site_at(parse_web_address("127.0.0.1:0"))
    assert plain.url.startswith("http://127.0.0.1:") and len(plain.notices()) == 1
    plain.close()
    public = site_at(parse_web_address(":0"))
    public.start()
    first, second = (notice.text for notice in public.notices())
    assert first.startswith("to watch in a browser, open https://") and "?token=" in first
    assert second.rpartition(" ")[2].count(":") == 31
    port = public.url.partition("?")[0].rstrip("/").rpartition(":")[2]
    context = ssl.create_default_context(cafile=str(tmp_path / "web-certificate.pem"))
    token = public.url.partition("?")[2]
    with urllib.request.urlopen(f"https://localhost:{port}/?{token}", context=context, timeout=20) as answer:
        assert answer.status == 200
    public.close()


def test_a_certificate_that_is_none_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(WebError, match="there is no certificate"):
        site_at(parse_web_address("127.0.0.1:0"), tmp_path / "missing.pem")


def test_browsers_are_told_that_the_stream_has_ended() -> None:
    with sender_with_page() as (sender, url), PythonBrowser(url) as browser:
        wait_until(lambda: bool(browser.frames), browser.step)
        sender.stop()
        reasons: list[str] = []

        def step() -> None:
            try:
                browser.step()
            except Exception as error:
                reasons.append(str(error))
            reasons.extend(getattr(event, "reason", "") for event in browser.session.events())

        wait_until(lambda: any("the sender was stopped" in reason for reason in reasons), step)
        assert sender.error is None


@pytest.mark.parametrize("name", ["stream", "jpeg"])
def test_a_sender_that_ends_closes_its_sockets_without_a_word_in_the_log(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with sender_with_page() as (sender, url), connect(socket_url(url, name)) as socket:
        if name == "jpeg":
            socket.recv(20)
        sender.stop()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(20)
        assert closed.value.rcvd is not None and closed.value.rcvd.reason == "the sender has ended"
    assert caplog.text == ""
