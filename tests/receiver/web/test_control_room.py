"""The page's controls in a real browser: each does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.web.address import WebAddress
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.browser_input import box_of, click, drag, hover, pinch, press, wheel
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until

pytestmark = NEEDS_CHROMIUM

LIVE = "document.querySelector('#state')?.textContent === 'live'"
NUMBER = "Number(document.querySelector('#picture').dataset.number ?? 0)"
SCALE = "parseInt(document.querySelector('#zoom-reset').textContent)"
MOVED = "document.querySelector('#picture').style.transform"
HELP = "document.querySelector('#help').open"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@contextmanager
def watching(
    browser: Browser, folder: Path, codec: str = "jpeg", width: int = 640, **settings: object
) -> Iterator[RunningPipeline]:
    """A receiver with its page open in the browser, live; gives the sender."""
    browser.complaints.clear()
    size = (width, width * 9 // 16)
    with run_sender(replace(small_sender(codec=codec), size=size)) as sender:
        config = ReceiverConfig(
            url=sender.address(),
            window=False,
            web=WebAddress(host="127.0.0.1", port=0),
            snapshot_dir=folder,
            threads=1,
            **settings,  # type: ignore[arg-type]
        )
        with run_receiver(config) as receiver:
            words = "the page is at "
            wait_until(lambda: any(words in text for text in receiver.reporter.notices))
            url = next(text for text in receiver.reporter.notices if words in text).removeprefix(words)
            browser.open(url)
            browser.wait_for(LIVE)
            yield sender
            browser.open("about:blank")
    assert browser.complaints == []


def text(browser: Browser, selector: str) -> str:
    return str(browser.run(f"document.querySelector({selector!r}).textContent"))


def visible(selector: str) -> str:
    return f"document.querySelector({selector!r}).checkVisibility()"


def choose(browser: Browser, selector: str, value: str) -> None:
    browser.run(
        f"(() => {{ const s = document.querySelector({selector!r}); s.value = {value!r}; "
        "s.dispatchEvent(new Event('change')); })()"
    )


def test_wheel_double_click_drag_and_buttons_zoom_the_picture(browser: Browser, tmp_path: Path) -> None:
    with watching(browser, tmp_path):
        figure = box_of(browser, "#figure")
        x, y = figure.x + figure.width / 4, figure.y + figure.height / 4
        wheel(browser, x, y, -400)
        browser.wait_for(f"{SCALE} > 200")
        seen = box_of(browser, "#picture")
        # What was under the mouse is there still.
        assert abs((x - seen.x) / seen.width - 0.25) < 0.01 and abs((y - seen.y) / seen.height - 0.25) < 0.01
        before = browser.run(MOVED)
        drag(browser, (x, y), (x - 40, y - 30))
        browser.wait_for(f"{MOVED} !== {before!r}")
        assert abs(box_of(browser, "#picture").x - (seen.x - 40)) < 1
        drag(browser, (x, y), (x + 2000, y))
        browser.wait_for(f"document.querySelector('#picture').getBoundingClientRect().x === {figure.x}")
        click(browser, x, y, times=2)
        browser.wait_for(f"{SCALE} === 100 && {MOVED} === ''")
        click(browser, x, y, times=2)
        browser.wait_for(f"{SCALE} === 250")
        browser.run("document.querySelector('#zoom-out').click()")
        browser.wait_for(f"{SCALE} === 200")
        browser.run("document.querySelector('#zoom-reset').click()")
        browser.wait_for(f"{SCALE} === 100")
        assert not browser.run("document.querySelector('#figure').matches('.zoomed')")


def test_two_fingers_zoom_and_one_scrolls(browser: Browser, tmp_path: Path) -> None:
    browser.look(width=390, height=500, dark=True, phone=True)
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    with watching(browser, tmp_path):
        x, y = box_of(browser, "#figure").middle
        pinch(browser, x, y, 30, 90)
        browser.wait_for(f"{SCALE} > 200")
        pinch(browser, x, y, 90, 20)
        browser.wait_for(f"{SCALE} === 100")
        assert browser.run("getComputedStyle(document.querySelector('#figure')).touchAction") == "pan-x pan-y"
        assert browser.run("visualViewport.scale") == 1
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)
    browser.look(width=1280, height=800, dark=False)


def test_the_exact_still_and_the_shown_one_are_zoomed_together_to_their_very_pixels(
    browser: Browser, tmp_path: Path
) -> None:
    with watching(browser, tmp_path, width=128):
        press(browser, "c")
        browser.wait_for("document.querySelector('#exact').naturalWidth === 128")
        browser.run("document.querySelector('#still').scrollIntoView()")
        lens = box_of(browser, "#exact-lens")
        wheel(browser, *lens.middle, -1200)
        moved = "document.querySelector('{}').style.transform"
        browser.wait_for(moved.format("#exact") + " !== ''")
        assert browser.run(moved.format("#exact")) == browser.run(moved.format("#shown"))
        rendering = "getComputedStyle(document.querySelector('#exact')).imageRendering"
        assert browser.run(rendering) == "pixelated"


def test_keys_do_what_the_list_says_unless_they_are_turned_off(browser: Browser, tmp_path: Path) -> None:
    with watching(browser, tmp_path):
        press(browser, "?")
        browser.wait_for(HELP)
        assert "snapshot, with the exact frame" in text(browser, "#shortcuts")
        press(browser, " ")  # on the button Close, which has the focus
        browser.wait_for(f"!{HELP} && document.activeElement === document.body")
        press(browser, " ")
        browser.wait_for("document.querySelector('#state').textContent === 'paused'")
        press(browser, "k")
        browser.wait_for(LIVE)
        press(browser, "+")
        browser.wait_for(f"{SCALE} === 125")
        before = browser.run(MOVED)
        press(browser, "ArrowRight")
        browser.wait_for(f"{MOVED} !== {before!r}")
        press(browser, "0")
        browser.wait_for(f"{SCALE} === 100")
        press(browser, "s")
        browser.wait_for("document.querySelector('#charts').hidden")
        press(browser, "s")
        press(browser, "l")
        browser.wait_for(visible("#recordings"))
        press(browser, "o")
        browser.wait_for(visible("#choice"))
        browser.run("document.querySelector('#max-fps').focus()")
        press(browser, "s")
        assert not browser.run("document.querySelector('#charts').hidden"), "it chose in the list"
        browser.run("document.activeElement.blur()")
        press(browser, "f")
        browser.wait_for("document.fullscreenElement?.id === 'figure'")
        press(browser, "f")
        browser.wait_for("document.fullscreenElement === null")
        browser.run("document.querySelector('#shortcuts-on').click()")
        press(browser, "l")
        browser.open(browser.run("location.href"))
        browser.wait_for(f"{LIVE} && !document.querySelector('#shortcuts-on').checked")
        press(browser, " ")
        assert browser.run(LIVE) and not browser.run(HELP)
        browser.run("document.querySelector('#shortcuts-on').click()")


def test_figures_are_explained_to_who_points_at_them_and_who_reaches_them_by_key(
    browser: Browser, tmp_path: Path
) -> None:
    shown = "[...document.querySelectorAll('.tip.shown')].map((tip) => tip.textContent).join()"
    with watching(browser, tmp_path):
        x, y = box_of(browser, ".chart [data-explained]").middle
        hover(browser, x, y)
        browser.wait_for(f"({shown}).startsWith('How many thousand bits')")
        hover(browser, 5, 5)
        browser.wait_for(f"({shown}) === ''")
        for selector in ("#state", "#stream", "#age", ".chart:nth-child(3) [data-explained]"):
            browser.wait_for(visible(selector))
            browser.run(f"document.querySelector({selector!r}).focus()")
            tip = browser.wait_for(shown)
            assert len(tip) > 40 and tip.endswith("."), selector
            described = browser.run("document.activeElement.getAttribute('aria-describedby')")
            assert text(browser, f"#{described}") == tip
            press(browser, "Escape")
            browser.wait_for(f"({shown}) === ''")


def test_charts_have_an_axis_of_time_and_tell_the_second_that_is_pointed_at(
    browser: Browser, tmp_path: Path
) -> None:
    with watching(browser, tmp_path):
        browser.wait_for("Number(document.querySelector('.chart').dataset.points) >= 3")
        canvas = box_of(browser, ".chart canvas")
        label = browser.run("document.querySelector('.chart canvas').getAttribute('aria-label')")
        assert label.startswith("Bitrate over the last two minutes: now ") and " to " in label
        second = (canvas.width - 36) / 120
        hover(browser, canvas.x + canvas.width - 2 - second, canvas.y + 40)
        browser.wait_for("document.querySelector('.chart output').textContent.endsWith(' 1 s ago')")
        hover(browser, 5, 5)
        browser.wait_for("!document.querySelector('.chart output').textContent.includes('ago')")
        axis = browser.run(
            "(() => { const c = document.querySelector('.chart canvas'); const g = c.getContext('2d');"
            "const r = devicePixelRatio; const d = g.getImageData(34 * r, (c.clientHeight - 13) * r,"
            " c.width - 34 * r, 12 * r).data; return d.some((v, i) => i % 4 === 3 && v > 0); })()"
        )
        assert axis, "the axis below the chart is empty"


def test_what_is_recorded_is_listed_played_and_downloaded(browser: Browser, tmp_path: Path) -> None:
    record = tmp_path / "all.ncast"
    with watching(browser, tmp_path, record=record):
        press(browser, "r")
        browser.wait_for("document.querySelector('#record').getAttribute('aria-pressed') === 'true'")
        browser.run("new Promise((done) => setTimeout(done, 1500))")
        press(browser, "r")
        press(browser, "l")
        rows = "[...document.querySelectorAll('#recordings-list tr')].map((row) => row.textContent)"
        browser.wait_for(
            f"{rows}.length === 2 && {rows}.some((row) => row.includes('.mp4') && !row.includes('being'))"
        )
        assert browser.run(
            f"{rows}.some((row) => row.startsWith('all.ncast') && row.includes('being recorded'))"
        )
        play = "document.querySelector('#recordings-list [aria-label^=\"play {}\"]').click()"
        browser.run(play.format("narrowcast-"))
        browser.wait_for("document.querySelector('#video').currentTime > 0.3")
        assert browser.run("document.querySelector('#video').videoWidth") == 640
        browser.run("document.querySelector('#player-close').click()")
        browser.run(play.format("all.ncast"))
        at = "Number(document.querySelector('#payloads-picture').dataset.at)"
        browser.wait_for(f"{at} > 500 && {at} < 1e6")
        browser.run("document.querySelector('#payloads-play').click()")
        browser.wait_for("document.querySelector('#payloads-play').textContent === 'Play'")
        browser.run(
            "(() => { const s = document.querySelector('#payloads-seek'); s.value = 0;"
            "s.dispatchEvent(new Event('input')); })()"
        )
        browser.wait_for(f"{at} === 0")
        assert text(browser, "#payloads-time").startswith("00:00 of 00:0")
        saved = browser.run(
            "fetch(document.querySelector('#player-save').href).then((a) => a.blob()).then((b) => b.size)"
        )
        assert 0 < saved <= record.stat().st_size
        browser.run("document.querySelector('#player-close').click()")
        browser.wait_for("document.querySelector('#video').getAttribute('src') === null")


def test_limits_reach_the_sender_and_restoration_the_decoder(browser: Browser, tmp_path: Path) -> None:
    with (
        ordinary_priority(),
        watching(browser, tmp_path, codec="hybrid", width=128, restore="always") as sender,
    ):
        marked = "!document.querySelector('#mark').hidden"
        browser.wait_for(marked)
        press(browser, "o")
        choose(browser, "#restore", "never")
        browser.wait_for(f"!({marked})")
        choose(browser, "#restore", "always")
        browser.wait_for(marked)
        joined = len(sender.reporter.notices)
        choose(browser, "#max-fps", "2")
        browser.wait_for("parseFloat(document.querySelectorAll('.chart output')[1].textContent) <= 3")
        wait_until(lambda: len(sender.reporter.notices) > joined)
        assert browser.run("document.querySelector('#max-fps').value") == "2"


def test_options_are_those_that_the_settings_allow(browser: Browser, tmp_path: Path) -> None:
    options = "[...document.querySelector('#max-kbps').options].map((option) => option.textContent).join()"
    with watching(browser, tmp_path, max_kbps=100.0):
        press(browser, "o")
        assert browser.wait_for(options) == "100 kbit/s,64 kbit/s,32 kbit/s,16 kbit/s"
        assert browser.run("document.querySelector('#restore').disabled"), "jpeg has nothing to restore"
    with watching(browser, tmp_path, web_controls=False):
        press(browser, "o")
        assert not browser.run(visible("#choice")) and not browser.run(visible("#choice-open"))


def test_the_picture_floats_above_other_windows(browser: Browser, tmp_path: Path) -> None:
    with watching(browser, tmp_path):
        if not browser.run("document.pictureInPictureEnabled"):
            pytest.skip("this Chromium has no picture in picture")
        click(browser, *box_of(browser, "#floating").middle)
        browser.wait_for("document.pictureInPictureElement !== null")
        assert browser.run("document.querySelector('#floating').getAttribute('aria-pressed')") == "true"
        assert browser.run("document.pictureInPictureElement.videoWidth") == 640
        click(browser, *box_of(browser, "#floating").middle)
        browser.wait_for("document.pictureInPictureElement === null")
        browser.wait_for("document.querySelector('#floating').getAttribute('aria-pressed') === 'false'")
