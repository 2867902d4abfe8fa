"""How the page looks in a real browser: sizes, contrast, names for screen readers, and inside other pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from narrowcast.protocol import StreamParameters
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.server import Site
from narrowcast.runtime.web.address import WebAddress
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.browser_input import box_of, press
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until

pytestmark = NEEDS_CHROMIUM

HERE = WebAddress(host="127.0.0.1", port=0)
GUARDED = WebAddress(host="0.0.0.0", port=0, token="secret")
PICTURE = camera_like(640, 360, seed=1)

BUTTONS = "[...document.querySelectorAll('.viewer > .buttons button')]"

CONTRAST = """
(() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.checkVisibility() || element.closest(':disabled, option')) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.id} "${element.textContent}" ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def local(site: Site, path: str = "") -> str:
    """The site's address at this machine, with its token."""
    parts = urlsplit(site.url)
    return parts._replace(netloc=f"127.0.0.1:{parts.port}", path=f"/{path}").geturl()


@contextmanager
def site_in(
    browser: Browser, count: int = 1, path: str = "", *, ancestors: str = "", address: WebAddress = HERE
) -> Iterator[Site]:
    """A site of live streams, open in the browser."""
    browser.complaints.clear()
    names = [f"tcp://camera{number}:5555" for number in range(count)]
    site = Site(address, names, frame_ancestors=ancestors)
    for view in site.views:
        view.stream(StreamParameters(width=640, height=360, fps=15.0, codec="hybrid"))
        choice = StreamChoice(restore="auto", max_kbps=0.0, max_fps=0.0)
        view.choice(choice, choice, allowed=True)
        view.stale(None)
        view.show(PICTURE, 40.0, 0.5, marked=True)
    try:
        browser.open(local(site, path))
        yield site
        browser.open("about:blank")
    finally:
        site.close()


def loaded(browser: Browser) -> None:
    """Wait until the stream's page has drawn its picture."""
    browser.wait_for("Number(document.querySelector('#picture')?.dataset.number) > 0")


@pytest.mark.parametrize("dark", [True, False])
def test_a_phone_held_sideways_shows_the_picture_and_every_button(browser: Browser, dark: bool) -> None:
    browser.look(width=740, height=360, dark=dark, phone=True)
    with site_in(browser):
        loaded(browser)
        browser.wait_for(f"{BUTTONS}.length === 7")
        seen = browser.run(
            f"{BUTTONS}.map((each) => each.getBoundingClientRect()).every((box) => box.width > 0 &&"
            " box.bottom <= innerHeight && box.right <= innerWidth && box.top >= 0)"
        )
        assert seen, "a button is outside the window"
        assert box_of(browser, "#figure").height > 240
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    browser.look(width=1280, height=800, dark=False)


@pytest.mark.parametrize("dark", [True, False])
def test_every_text_can_be_told_from_its_ground(browser: Browser, dark: bool) -> None:
    browser.look(width=1280, height=800, dark=dark)
    with site_in(browser):
        loaded(browser)
        for key in ("l", "o"):
            press(browser, key)
        assert browser.run(CONTRAST) == []
        press(browser, "?")
        assert browser.run(CONTRAST) == []
    browser.look(width=1280, height=800, dark=False)


def test_every_control_has_a_name_and_is_reached_in_the_order_of_the_page(browser: Browser) -> None:
    with site_in(browser):
        loaded(browser)
        browser.wait_for("!document.querySelector('#record').disabled")
        press(browser, "o")
        tree = browser.call("Accessibility.getFullAXTree")["nodes"]
        roles = {"button", "combobox", "link", "slider", "checkbox", "img", "image"}
        named = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree
            if not node["ignored"]
        ]
        found = [(role, name) for role, name in named if role in roles]
        assert len(found) > 12 and all(name for _, name in found), found
        order = []
        for _ in range(20):
            press(browser, "Tab")
            order.append(browser.run("document.activeElement.id"))
        buttons = browser.run(
            f"{BUTTONS}.filter((each) => !each.disabled && !each.hidden).map((each) => each.id)"
        )
        assert [each for each in order if each in buttons] == buttons
        assert order.index("help-open") < order.index("zoom-in") < order.index(buttons[0])
        outline = browser.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", "where the focus is has to be seen"


def test_nothing_glides_for_those_who_do_not_wish_it(browser: Browser) -> None:
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    with site_in(browser):
        loaded(browser)
        browser.run("document.querySelector('#figure').classList.add('eased')")
        glide = "getComputedStyle(document.querySelector('#picture')).transitionDuration"
        assert browser.run(glide) == "0.15s"
        browser.call("Emulation.setEmulatedMedia", features=[still])
        assert browser.run(glide) == "0s"
    browser.look(width=1280, height=800, dark=False)


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (4, 2), (6, 3), (9, 3)])
def test_the_grid_fills_the_window_without_scrolling(browser: Browser, count: int, columns: int) -> None:
    with site_in(browser, count):
        browser.wait_for(f"document.querySelectorAll('.filling .tile').length === {count}")
        lefts = "new Set([...document.querySelectorAll('.tile')].map((tile) => tile.offsetLeft)).size"
        assert browser.run(lefts) == columns
        assert browser.run("document.documentElement.scrollHeight <= innerHeight + 1")
        lowest = browser.run(
            "Math.max(...[...document.querySelectorAll('.tile')]"
            ".map((tile) => tile.getBoundingClientRect().bottom))"
        )
        assert 770 < lowest <= 800
        press(browser, "2")
        browser.wait_for("location.pathname === '/2/'")


@contextmanager
def other_site(url: str) -> Iterator[str]:
    """A page of another origin that shows an address in a frame; gives the page's own."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><title>home</title><iframe src="{url}" width="480" height="270"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_the_picture_alone_fills_its_window_and_says_what_it_is(browser: Browser) -> None:
    browser.look(width=480, height=270, dark=True)
    with site_in(browser, path="embed"):
        loaded(browser)
        picture = box_of(browser, "#picture")
        assert (picture.width, picture.height) == (480, 270)
        assert browser.run("document.querySelectorAll('button, a, header').length") == 0
        assert browser.run("!document.querySelector('#mark').hidden")
        browser.wait_for("document.querySelector('#figure').matches('.stale')")
        assert browser.complaints == []
    browser.look(width=1280, height=800, dark=False)


@pytest.mark.parametrize("address", [HERE, GUARDED], ids=["loopback", "token"])
def test_another_page_shows_the_picture_where_the_settings_name_it(
    browser: Browser, address: WebAddress
) -> None:
    site = Site(address, ["tcp://camera:5555"], frame_ancestors="http://127.0.0.1:*")
    try:
        with other_site(local(site, "embed")) as home:
            browser.open(home)
            wait_until(lambda: site.views[0].hub.browsers == 1)
            browser.open("about:blank")
    finally:
        site.close()


@pytest.mark.parametrize(("path", "ancestors"), [("embed", ""), ("", "http://127.0.0.1:*")])
def test_no_other_page_shows_it_otherwise_and_none_ever_shows_the_buttons(
    browser: Browser, path: str, ancestors: str
) -> None:
    site = Site(HERE, ["tcp://camera:5555"], frame_ancestors=ancestors)
    try:
        with other_site(local(site, path)) as home:
            browser.complaints.clear()
            browser.open(home)
            browser.wait_for(
                "document.querySelector('iframe') !== null && document.readyState === 'complete'"
            )
            wait_until(lambda: bool(browser.run("1") and browser.complaints))
            assert any("frame-ancestors" in complaint for complaint in browser.complaints)
            assert site.views[0].hub.browsers == 0
            browser.open("about:blank")
    finally:
        site.close()
