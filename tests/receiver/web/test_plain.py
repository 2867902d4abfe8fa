"""Stills, Motion JPEG and health for other programs, over real sockets."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web import plain
from narrowcast.receiver.web.server import Site
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.address import WebAddress
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until

PICTURE = camera_like(96, 64, seed=1)
TOKEN = "secret-of-this-test"
DOWN = StaleNote(headline="link down 4 s", detail="the sender was stopped")


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site(WebAddress(host="127.0.0.1", port=0, token=TOKEN), ["tcp://camera:5555"])
    yield opened
    opened.close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


def address(site: Site, path: str) -> str:
    return site.url.partition("?")[0].rstrip("/") + path


def ask(site: Site, path: str, *, token: str = TOKEN, headers: dict[str, str] | None = None) -> Answer:
    """Ask with the token in the address, or with none where it is empty."""
    query = f"?token={token}" if token else ""
    request = urllib.request.Request(address(site, path) + query, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read())


def live(view: WebView, *, marked: bool = False) -> None:
    view.show(PICTURE, 120.0, 0.5, marked=marked)
    view.stale(None)


def picture_of(jpeg: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]


def difference(jpeg: bytes) -> float:
    return float(np.abs(picture_of(jpeg).astype(int) - PICTURE).mean())


def test_a_client_like_that_of_home_assistant_fetches_the_still(site: Site) -> None:
    # Its generic camera asks for the still every few seconds, with basic authentication where one is set.
    live(site.views[0])
    password = base64.b64encode(f"narrowcast:{TOKEN}".encode()).decode()
    for _ in range(3):
        answer = ask(site, "/snapshot.jpg", token="", headers={"Authorization": f"Basic {password}"})
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "no-store"
        assert difference(answer.content) < 4
        assert 120 <= int(answer.headers["x-age-ms"]) < 60_000


def test_a_still_with_the_link_down_says_so_at_once_and_the_last_one_can_be_had(site: Site) -> None:
    assert ask(site, "/snapshot.jpg").status == 503
    live(site.views[0])
    site.views[0].stale(DOWN)
    answer = ask(site, "/snapshot.jpg")
    assert (answer.status, answer.content) == (503, b"link down 4 s: the sender was stopped\n")
    old = urllib.request.urlopen(f"{address(site, '/snapshot.jpg')}?token={TOKEN}&stale=yes", timeout=10)
    assert difference(old.read()) < 4


def test_a_still_that_a_generator_painted_is_marked(site: Site) -> None:
    live(site.views[0])
    plain_still = ask(site, "/snapshot.jpg").content
    live(site.views[0], marked=True)
    assert difference(ask(site, "/snapshot.jpg").content) > difference(plain_still) + 1


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg", "/healthz"])
def test_a_wrong_token_is_refused_and_a_password_is_asked_for(site: Site, path: str) -> None:
    live(site.views[0])
    wrong = {"Authorization": "Basic " + base64.b64encode(b"a:wrong").decode()}
    for token, headers in (("", {}), ("wrong", {}), ("", wrong), ("", {"Authorization": "Basic %"})):
        answer = ask(site, path, token=token, headers=headers)
        assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Basic ")
        assert answer.content.count(b"\n") == 1
    elsewhere = ask(site, path, headers={"Host": "evil.example"})
    assert elsewhere.status == 401


def test_health_says_whether_the_picture_is_live(site: Site) -> None:
    assert ask(site, "/healthz").status == 503
    live(site.views[0])
    answer = ask(site, "/healthz", token="", headers={"Authorization": f"Bearer {TOKEN}"})
    (stream,) = json.loads(answer.content)["streams"]
    assert answer.status == 200 and stream["live"] and stream["name"] == "tcp://camera:5555"
    assert stream["age_ms"] >= 120
    site.views[0].stale(DOWN)
    (stream,) = json.loads(ask(site, "/healthz").content)["streams"]
    assert stream["reason"] == "link down 4 s: the sender was stopped"


def test_several_streams_have_their_stills_by_number_and_health_together() -> None:
    site = Site(WebAddress(host="127.0.0.1", port=0), ["a", "b"])
    try:
        live(site.views[1])
        assert ask(site, "/2/snapshot.jpg", token="").status == 200
        assert ask(site, "/1/snapshot.jpg", token="").status == 503
        answer = ask(site, "/healthz", token="")
        assert answer.status == 503
        assert [stream["live"] for stream in json.loads(answer.content)["streams"]] == [False, True]
    finally:
        site.close()


def opened_stream(site: Site) -> tuple[HTTPConnection, HTTPResponse]:
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    connection.request("GET", f"/stream.mjpg?token={TOKEN}")
    return connection, connection.getresponse()


def next_part(answer: HTTPResponse) -> bytes:
    """Read one picture as RFC 2046 has it."""
    assert answer.readline() == b"--narrowcast-picture\r\n"
    assert answer.readline() == b"Content-Type: image/jpeg\r\n"
    length = int(answer.readline().partition(b":")[2])
    assert answer.readline() == b"\r\n"
    jpeg = answer.read(length)
    assert answer.readline() == b"\r\n"
    return jpeg


def test_motion_jpeg_gives_each_picture_once_and_says_when_it_is_not_live(site: Site) -> None:
    view = site.views[0]
    live(view)
    connection, answer = opened_stream(site)
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=narrowcast-picture"
    assert difference(next_part(answer)) < 4
    for level in (40, 200):
        view.show(np.full_like(PICTURE, level), 100.0, 0.5)
        assert abs(float(picture_of(next_part(answer)).mean()) - level) < 3
    view.stale(DOWN)
    noted = picture_of(next_part(answer)).astype(int)
    assert np.ptp(noted, axis=2).max() > 100, "the banner is red"
    view.stale(None)
    live(view)
    wait_until(lambda: difference(next_part(answer)) < 4)
    connection.close()
    wait_until(lambda: view.hub.browsers == 0, lambda: live(view))


def test_one_program_more_than_may_read_a_stream_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "MAX_STREAMS", 1)
    live(site.views[0])
    connection, answer = opened_stream(site)
    next_part(answer)
    assert ask(site, "/stream.mjpg").status == 503
    connection.close()


def test_a_stream_that_goes_on_is_not_overdue_and_one_that_nobody_reads_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from narrowcast.runtime.web import limited_server

    monkeypatch.setattr(limited_server, "_STALLED_S", 0.3)
    monkeypatch.setattr(limited_server, "_ANSWER_S", 0.1)
    view, noise = site.views[0], np.random.default_rng(0)
    live(view)
    connection, answer = opened_stream(site)
    for _ in range(10):
        live(view)
        next_part(answer)

    def show_large() -> None:
        view.show(noise.integers(0, 256, (720, 1280, 3), np.uint8), 1.0, 0.5)

    wait_until(lambda: view.hub.browsers == 0, show_large)
    connection.close()
