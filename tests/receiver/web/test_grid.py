"""The grid in a real browser, on real streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from narrowcast.receiver.web.server import Site
from narrowcast.runtime.web.address import WebAddress
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.codec.picture_samples import camera_like
from tests.pipelines import RunningPipeline
from tests.receiver.stream_groups import running, two_cameras

pytestmark = NEEDS_CHROMIUM

STATE = "document.querySelector('#state')?.textContent"
NUMBERS = "[...document.querySelectorAll('.tile .picture')].map((c) => Number(c.dataset.number ?? 0))"
NAMES = "[...document.querySelectorAll('.tile .name')].map((e) => e.textContent).join()"
ALL_LIVE = f"{STATE} === '2 of 2 live' && Math.min(...{NUMBERS}) > 0"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@contextmanager
def grid_on(browser: Browser) -> Iterator[list[RunningPipeline]]:
    """Two senders, a receiver of both, and the browser on its grid with both live; without a complaint."""
    browser.complaints.clear()
    with two_cameras() as cameras, running([camera.address() for camera in cameras]) as group:
        browser.open(group.page_url())
        browser.wait_for(ALL_LIVE)
        yield cameras
        # Before the receiver ends, for the browser notes each try that finds nobody there.
        browser.open("about:blank")
    assert browser.complaints == []


def test_every_tile_moves_and_says_how_it_is_without_a_complaint(browser: Browser) -> None:
    with grid_on(browser) as cameras:
        assert browser.run(NAMES) == "front,yard"
        before = browser.run(f"Math.min(...{NUMBERS})")
        browser.wait_for(f"Math.min(...{NUMBERS}) > {before} + 10")
        browser.wait_for(
            "[...document.querySelectorAll('.figures')].every((e) => /kbit.s, .* fps/.test(e.textContent))"
        )
        assert browser.run("document.querySelector('.tile .age').textContent").endswith(" old")
        cameras[1].stop()
        browser.wait_for(f"{STATE} === '1 of 2 live'")
        assert browser.run("document.querySelectorAll('figure.stale').length") == 1
        assert "link down" in browser.run("document.querySelector('figure.stale .banner').textContent")


def test_a_tile_leads_to_the_page_of_its_stream_and_that_back(browser: Browser) -> None:
    with grid_on(browser):
        browser.run("document.querySelectorAll('.tile')[1].click()")
        browser.wait_for(
            "document.querySelector('#state')?.textContent === 'live' && !!document.querySelector('#picture')"
        )
        assert browser.run("document.querySelector('#name').textContent") == "yard"
        browser.run("document.querySelector('#back').click()")
        browser.wait_for(f"!!document.querySelector('.tile') && {ALL_LIVE}")


@pytest.mark.parametrize("dark", [True, False])
def test_a_phone_shows_one_tile_below_the_other(browser: Browser, dark: bool) -> None:
    browser.look(width=390, height=844, dark=dark, phone=True)
    with grid_on(browser):
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        assert (
            browser.run("new Set([...document.querySelectorAll('.tile')].map((e) => e.offsetLeft)).size") == 1
        )
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 19, 23)" if dark else "rgb(244, 246, 248)")
    browser.look(width=1280, height=800, dark=False)


def test_a_tile_is_marked_while_its_picture_is_a_painted_one(browser: Browser) -> None:
    browser.complaints.clear()
    site = Site(WebAddress(host="0.0.0.0", port=0, token="secret"), ["tcp://a:1", "tcp://b:1"])
    marks = "[...document.querySelectorAll('.tile .mark')].map((mark) => !mark.hidden).join()"
    try:
        parts = urlsplit(site.url)
        browser.open(parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl())
        for number, marked in enumerate(((True, False), (False, True)), 1):
            for view, each in zip(site.views, marked, strict=True):
                view.show(camera_like(96, 64, seed=number), 40.0, 0.5, marked=each)
            browser.wait_for(f"{NUMBERS}.join() === '{number},{number}'")
            assert browser.run(marks) == ",".join(str(each).lower() for each in marked)
        assert browser.run("location.search") == ""
        browser.open("about:blank")
        assert browser.complaints == []
    finally:
        site.close()
