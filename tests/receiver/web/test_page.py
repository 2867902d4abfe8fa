"""The page in a real browser, on a real stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.codec.names import Restore
from narrowcast.protocol import StreamParameters
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.web.server import Site
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.address import WebAddress
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.codec.picture_samples import camera_like
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until

pytestmark = NEEDS_CHROMIUM

NUMBER = "Number(document.querySelector('#picture').dataset.number ?? 0)"
POINTS = (
    "Math.min(...[...document.querySelectorAll('.chart:not([hidden])')].map((c) => Number(c.dataset.points)))"
)
LIVE = "document.querySelector('#state').textContent === 'live'"
STALE = "document.querySelector('#figure').classList.contains('stale')"
HEADLINE = "document.querySelector('#headline').textContent"
STATE = "document.querySelector('#state').textContent"
AGE = "document.querySelector('#age').textContent"
MARKED = "!document.querySelector('#mark').hidden"
WARNING = "document.querySelector('#warning').hidden ? '' : document.querySelector('#warning').textContent"
STILL_STATE = "document.querySelector('#still-state').textContent"
PIXELS = """
(() => {
  const canvas = document.querySelector('#picture');
  return [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].join();
})()
"""


def page_url(receiver: RunningPipeline) -> str:
    """Where the page is, as the receiver says it."""
    words = "the page is at "
    wait_until(lambda: receiver.ended or any(words in text for text in receiver.reporter.notices))
    return next(text for text in receiver.reporter.notices if words in text).removeprefix(words)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@contextmanager
def page_on(
    browser: Browser, folder: Path, codec: str = "jpeg", restore: Restore = "auto"
) -> Iterator[tuple[RunningPipeline, RunningPipeline]]:
    """A sender, a receiver, and the browser on its page with the first picture drawn."""
    browser.complaints.clear()
    with run_sender(small_sender(codec=codec, width=96)) as sender:
        config = ReceiverConfig(
            url=sender.address(),
            window=False,
            web=WebAddress(host="127.0.0.1", port=0),
            snapshot_dir=folder,
            threads=1,
            restore=restore,
        )
        with run_receiver(config) as receiver:
            browser.open(page_url(receiver))
            browser.wait_for(f"document.querySelector('#picture') && {NUMBER} > 0")
            yield sender, receiver
            browser.open("about:blank")


def test_the_picture_moves_and_the_charts_fill_without_a_complaint(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path):
        browser.wait_for(LIVE)
        first, number = browser.run(PIXELS), browser.run(NUMBER)
        browser.wait_for(f"{NUMBER} > {number} + 10")
        assert browser.run(PIXELS) != first
        browser.wait_for(f"{POINTS} >= 2")
        assert browser.run("document.querySelector('#stream').textContent").startswith("jpeg, 96x64")
        assert browser.run("document.querySelector('#mark').hidden")
        assert browser.run("document.querySelector('#age').textContent").endswith(" old")
    assert browser.complaints == []


def test_what_a_generator_painted_is_marked(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path, codec="gan"):
        browser.wait_for("!document.querySelector('#mark').hidden")
        assert browser.run("document.querySelector('#mark').textContent") == "reconstructed"
    assert browser.complaints == []


@pytest.mark.parametrize(("restore", "painted"), [("always", True), ("never", False)])
def test_hybrid_is_marked_only_where_its_generator_paints(
    browser: Browser, tmp_path: Path, restore: Restore, painted: bool
) -> None:
    with ordinary_priority(), page_on(browser, tmp_path, codec="hybrid", restore=restore):
        number = browser.run(NUMBER)
        browser.wait_for(f"{NUMBER} > {number} + 3")
        assert browser.run(MARKED) is painted
        browser.wait_for("!document.querySelector('#snapshot').disabled")
        browser.run("document.querySelector('#snapshot').click()")
        browser.wait_for("document.querySelector('#exact').naturalWidth === 96")
        caption = browser.run("document.querySelector('#shown-caption').textContent")
        assert caption == ("as it was shown (reconstructed)" if painted else "as it was shown")
    assert browser.complaints == []


@contextmanager
def site_in(
    browser: Browser, address: WebAddress, *, leave: bool = True
) -> Iterator[tuple[WebView, Callable[..., None]]]:
    """A page without a stream, and what shows a picture on it and waits until the browser has drawn it."""
    browser.complaints.clear()
    site = Site(address, ["tcp://camera:5555"])
    (view,) = site.views
    view.stream(StreamParameters(width=96, height=64, fps=15.0, codec="hybrid"))
    count = 0

    def show(*, marked: bool = False) -> None:
        nonlocal count
        count += 1
        view.stale(None)
        view.show(camera_like(96, 64, seed=count), 40.0, 0.5, marked=marked)
        browser.wait_for(f"document.querySelector('#picture') && {NUMBER} === {count}")

    try:
        parts = urlsplit(site.url)
        browser.open(parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl())
        yield view, show
        if leave:
            browser.open("about:blank")
    finally:
        site.close()


HERE = WebAddress(host="127.0.0.1", port=0)


def test_the_mark_comes_and_goes_with_the_pictures_and_stays_with_a_paused_one(browser: Browser) -> None:
    with site_in(browser, HERE) as (_, show):
        for marked in (True, False, True, False):
            show(marked=marked)
            assert browser.run(MARKED) is marked
        show(marked=True)
        browser.run("document.querySelector('#pause').click()")
        show(marked=False)
        assert browser.run(MARKED), "the picture on the page is the painted one"
        browser.run("document.querySelector('#pause').click()")
        show(marked=False)
        assert not browser.run(MARKED)
    assert browser.complaints == []


def test_that_the_generator_cannot_keep_up_is_shown_to_browsers_that_come_later_too(browser: Browser) -> None:
    with site_in(browser, HERE) as (view, show):
        show()
        assert browser.run(WARNING) == ""
        view.warn("the generator cannot keep up")
        browser.wait_for(f"({WARNING}) === 'the generator cannot keep up'")
        browser.open(browser.run("location.href"))
        browser.wait_for(f"document.querySelector('#warning') && ({WARNING}) !== ''")
        assert browser.run("document.querySelector('#notice').textContent") == ""
        view.warn("")
        browser.wait_for(f"({WARNING}) === ''")


def test_realism_is_explained(browser: Browser) -> None:
    with site_in(browser, HERE) as (_, show):
        show()
        text = browser.wait_for("[...document.querySelectorAll('.chart')].at(-1).textContent")
        assert text.startswith("Realism") and "does not say that what is shown is true" in text


def test_the_token_leaves_the_address_bar_and_an_old_page_is_told_so(browser: Browser) -> None:
    address = WebAddress(host="0.0.0.0", port=0, token="secret")
    with site_in(browser, address, leave=False) as (_, show):
        show()
        assert browser.run("location.search") == "" and browser.run("document.cookie") == ""
        browser.open(browser.run("location.href"))
        show()
        assert browser.complaints == []
        port = int(browser.run("location.port"))
    again = Site(replace(address, port=port), ["tcp://camera:5555"])
    try:
        browser.wait_for("document.querySelector('#detail').textContent.includes('open the address')")
        assert browser.run(STALE)
        browser.open("about:blank")
    finally:
        again.close()


def test_with_the_link_down_a_snapshot_says_so_at_once(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path) as (sender, _):
        browser.wait_for(LIVE)
        sender.stop()
        browser.wait_for(f"{HEADLINE}.startsWith('link down ')")
        browser.wait_for("!document.querySelector('#snapshot').disabled")
        browser.run("document.querySelector('#snapshot').click()")
        browser.wait_for(f"{STILL_STATE}.startsWith('the link is down')")
    assert browser.complaints == []


def test_a_picture_that_is_not_live_does_not_look_it(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path) as (sender, _):
        browser.wait_for(LIVE)
        sender.stop()
        browser.wait_for(f"{STALE} && {HEADLINE}.startsWith('link down ')")
        assert browser.run("getComputedStyle(document.querySelector('#picture')).filter") != "none"
        assert browser.run("getComputedStyle(document.querySelector('#banner')).display") == "block"
        assert not browser.run(LIVE)
    assert browser.complaints == []


def test_a_paused_picture_says_so(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path):
        browser.wait_for(LIVE)
        browser.run("document.querySelector('#pause').click()")
        assert browser.run(HEADLINE) == "paused 0 s"
        assert browser.run(STATE) == "paused"
        still, number = browser.run(PIXELS), browser.run(NUMBER)
        browser.wait_for(f"{NUMBER} > {number} + 5")
        assert browser.run(PIXELS) == still
        # The picture grows old before the eyes, though new ones come all the time.
        browser.wait_for(f"/^paused [2-9] s$/.test({HEADLINE}) && parseFloat({AGE}) >= 2")
        assert browser.run(AGE).endswith(" s old") and browser.run(STATE) == "paused"
        assert browser.run("document.querySelector('#age').className") == "age stale"
        number = browser.run(NUMBER)
        browser.run("document.querySelector('#pause').click()")
        browser.wait_for(
            f"!document.querySelector('#figure').matches('.stale, .paused') && {NUMBER} > {number} + 10"
        )
        assert browser.run(PIXELS) != still
        browser.wait_for(f"{LIVE} && {AGE}.endsWith(' ms old')")


def test_the_page_finds_a_receiver_that_was_started_anew(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path) as (sender, receiver):
        browser.wait_for(f"{POINTS} >= 2")
        port = int(browser.run("location.port"))
        receiver.stop()
        browser.wait_for(f"{STALE} && {HEADLINE}.startsWith('the receiver is gone')")
        web = WebAddress(host="127.0.0.1", port=port)
        with run_receiver(ReceiverConfig(url=sender.address(), window=False, web=web)):
            browser.wait_for(f"{LIVE} && {POINTS} >= 4")
            browser.open("about:blank")
    # The browser itself notes each try that found nobody there, or somebody who was just going.
    tries = (
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_EMPTY_RESPONSE",
        "WebSocket connection to",
    )
    assert all(any(words in complaint for words in tries) for complaint in browser.complaints)


def test_a_snapshot_shows_the_exact_frame_beside_the_one_that_was_shown(
    browser: Browser, tmp_path: Path
) -> None:
    with page_on(browser, tmp_path):
        browser.wait_for("!document.querySelector('#snapshot').disabled")
        browser.wait_for("!document.querySelector('#snapshot').disabled")
        browser.run("document.querySelector('#snapshot').click()")
        browser.wait_for("document.querySelector('#exact').naturalWidth === 96")
        assert browser.run("document.querySelector('#shown').naturalWidth") == 96
        assert browser.run("document.querySelector('#still-progress').hidden")
        assert "exact frame of 96x64" in browser.run("document.querySelector('#still-state').textContent")
        assert len(list(tmp_path.glob("narrowcast-*.png"))) == 2
    assert browser.complaints == []


def test_a_button_records(browser: Browser, tmp_path: Path) -> None:
    with page_on(browser, tmp_path):
        browser.wait_for("!document.querySelector('#record').disabled")
        browser.run("document.querySelector('#record').click()")
        browser.wait_for("document.querySelector('#record').textContent === 'Stop recording'")
        browser.run("setTimeout(() => document.querySelector('#record').click(), 400)")
        browser.wait_for("document.querySelector('#record').textContent === 'Record'")
        assert list(tmp_path.glob("narrowcast-*.mp4"))
    assert browser.complaints == []


@pytest.mark.parametrize("dark", [True, False])
def test_a_phone_shows_everything_within_its_width(browser: Browser, tmp_path: Path, dark: bool) -> None:
    browser.look(width=390, height=844, dark=dark, phone=True)
    with page_on(browser, tmp_path):
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 19, 23)" if dark else "rgb(244, 246, 248)")
        browser.run("document.querySelector('#theme').click()")
        assert browser.run("getComputedStyle(document.body).backgroundColor") != ground
    browser.look(width=1280, height=800, dark=False)
    assert browser.complaints == []
