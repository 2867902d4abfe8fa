"""The sender's page in a real browser, which decodes the stream itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from narrowcast.codec.hybrid.frame_conversion import RgbConversion
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.runtime.web.address import WebAddress
from narrowcast.sender.web.generator_files import NETWORK, RUNTIME_FILES, GeneratorFiles
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.codec.picture_samples import camera_like
from tests.sender.web.codec_samples import packed_floats
from tests.sender.web.sites import sender_with_page

pytestmark = NEEDS_CHROMIUM

WIDTH, HEIGHT = 192, 112
SEQUENCE = "Number(document.querySelector('#picture').dataset.sequence ?? -1)"
LIVE = "document.querySelector('#state').textContent === 'live'"
WARNING = "document.querySelector('#warning').hidden ? '' : document.querySelector('#warning').textContent"
PAINTING = "document.querySelector('#painting').textContent"
MARKED = "!document.querySelector('#mark').hidden"
AGE = "document.querySelector('#age').textContent"
ASSETS = "new URL('.', document.querySelector('script').src).href"

DECODED = """
(async () => {
  const { BaseDecoder } = await import($ASSETS + "codec/base_decoder.js");
  const { ColourConverter } = await import($ASSETS + "codec/colour.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text = (data) => Array.from(data, (byte) => String.fromCharCode(byte)).join("");
  const packets = $PACKETS.map(bytes);
  const decoder = new BaseDecoder($STREAM, packets[0]);
  const found = [];
  for (const packet of packets) {
    const planes = await decoder.decode(packet);
    const rgba = new ColourConverter(planes.width, planes.height, $STREAM.format).toRgba(planes);
    found.push(["y", "u", "v"].map((plane) => btoa(text(planes[plane]))).concat(btoa(text(rgba))));
  }
  decoder.close();
  return found;
})()
"""

PAINTED = """
(async () => {
  const { Generator } = await import($ASSETS + "codec/generator.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = ([name, text]) => [name, new Float32Array(bytes(text).buffer)];
  const pictures = Object.fromEntries(Object.entries($PICTURES).map(floats));
  const files = (await (await fetch("stream.json")).json()).generator;
  const generator = await Generator.load(files, location.href, "wasm");
  const { pixels } = await generator.paint(pictures, $ROWS, $STRIDE, $TOLD, $STRENGTH, true);
  return btoa(Array.from(pixels, (byte) => String.fromCharCode(byte)).join(""));
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def page(browser: Browser) -> Iterator[Browser]:
    """The browser on a page whose stream comes."""
    browser.complaints.clear()
    with ordinary_priority(), sender_with_page(codec="hybrid", source="demo:", fps=None) as (_, url):
        browser.open(url + "?restore=never")
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 0")
        yield browser
        browser.open("about:blank")


def filled(script: str, **values: Any) -> str:
    """A script with values in the place of $NAMES."""
    for name, value in values.items():
        script = script.replace(f"${name}", json.dumps(value))
    return script.replace("$ASSETS", ASSETS)


def test_the_browser_decodes_the_hybrid_stream_and_says_how_old_it_is(page: Browser) -> None:
    page.wait_for(LIVE)
    page.wait_for(f"{SEQUENCE} > 12")
    page.wait_for(f"{AGE}.endsWith(' old')")
    assert page.run(WARNING) == "" and not page.run(MARKED)
    page.wait_for("document.querySelector('#figures').textContent.includes('age p50')")
    assert page.run("document.querySelector('#stream').textContent") == "hybrid, 96x64"
    assert page.complaints == []


def test_an_exact_still_is_fetched(page: Browser) -> None:
    page.wait_for("!document.querySelector('#snapshot').disabled")
    page.run("document.querySelector('#snapshot').click()")
    page.wait_for("document.querySelector('#exact').naturalWidth === 96")
    assert "exactly as the sender took it" in page.run("document.querySelector('#still-state').textContent")
    assert page.complaints == []


@pytest.mark.parametrize("base", [AV1, H264], ids=["av1", "h264"])
def test_base_pictures_are_those_of_the_python_receiver(page: Browser, base: BaseFormat) -> None:
    encoder = BaseEncoder(base, WIDTH, HEIGHT, crf=40, scale=0)
    decoder = BaseDecoder(base, (WIDTH, HEIGHT))
    pictures = [np.roll(camera_like(WIDTH, HEIGHT, seed=3), 2 * shift, axis=1) for shift in range(5)]
    packets = [encoder.encode(rgb, keyframe=number == 0) for number, rgb in enumerate(pictures)]
    stream = {"format": base.name, "number": base.number, "scale": 0, "width": WIDTH, "height": HEIGHT}
    encoded = [base64.b64encode(packet).decode() for packet in packets]
    found = page.run(filled(DECODED, PACKETS=encoded, STREAM=stream | {"detail": 0.4}))
    for packet, (*planes, rgba) in zip(packets, found, strict=True):
        frame = decoder._frame(packet)
        for plane, text, share in zip(frame.planes, planes, (1, 2, 2), strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            wanted = rows[: HEIGHT // share, : WIDTH // share]
            assert np.array_equal(wanted, bytes_of(text).reshape(wanted.shape)), "bit by bit"
        # Colours are converted by our own code there, and by FFmpeg here: rounding differs.
        rgb = bytes_of(rgba).reshape(HEIGHT, WIDTH, 4)[:, :, :3].astype(int)
        difference = np.abs(rgb - RgbConversion()(frame).astype(int))
        assert difference.mean() < 0.2 and np.quantile(difference, 0.999) <= 3


def bytes_of(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(base64.b64decode(text), np.uint8)


NEEDS_RUNTIME = pytest.mark.skipif(
    any(GeneratorFiles().find(name) is None for name in (NETWORK, *RUNTIME_FILES)),
    reason="the runtime for browsers is not there: make browser",
)


@NEEDS_RUNTIME
def test_painted_pictures_are_those_of_openvino_given_the_same_memory(page: Browser) -> None:
    from narrowcast.codec.hybrid.conditions import conditions
    from narrowcast.codec.hybrid.converted import converted_model
    from narrowcast.codec.hybrid.restoration_network import step_shapes
    from narrowcast.codec.openvino_models import OpenVinoModels
    from narrowcast.codec.weights_file import SHIPPED

    models, path = OpenVinoModels(1), converted_model(SHIPPED)
    assert path is not None
    run = models.compile(models.read(path), dict(enumerate(step_shapes(HEIGHT, WIDTH))), exact=True)
    picture = camera_like(WIDTH, HEIGHT, seed=4).astype(np.float32) / 255
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.float32)
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.01, soft.shape).astype(np.float32)
    pictures = {
        "base": soft,
        "lastBase": np.roll(soft, 1, axis=1),
        "movedBase": soft + noise,
        "movedPainted": picture,
        "lastShown": picture + noise,
    }
    assert step_shapes(HEIGHT, WIDTH)[0] == soft.shape
    told = conditions(AV1, 55, 0, keyframe=False, detail=0.42)
    shares = np.array([1.3, 1.0], np.float32)
    wanted = run(*pictures.values(), np.array([told], np.float32), shares)[2].astype(int)
    packed = {name: packed_floats(values) for name, values in pictures.items()}
    script = filled(PAINTED, PICTURES=packed, ROWS=HEIGHT, STRIDE=WIDTH, TOLD=told, STRENGTH=1.3)
    found = bytes_of(page.run(script)).reshape(wanted.shape).astype(int)
    painted = np.abs(wanted - np.rint(255 * soft)).mean()
    assert painted > 1, "the generator does something"
    assert np.abs(found - wanted).mean() < 0.2 and np.abs(found - wanted).max() <= 4


@NEEDS_RUNTIME
def test_the_stream_is_painted_and_marked(browser: Browser) -> None:
    browser.complaints.clear()
    with ordinary_priority(), sender_with_page(codec="hybrid", source="demo:", fps=2.0) as (_, url):
        browser.open(url + "?restore=always&device=wasm")
        browser.wait_for(f"document.querySelector('#mark') && {MARKED}")
        browser.wait_for(f"{PAINTING}.includes('painting every picture (wasm')")
        browser.open("about:blank")
    assert browser.complaints == []


def test_without_webcodecs_jpeg_is_shown_and_said(browser: Browser) -> None:
    browser.complaints.clear()
    removed = browser.call("Page.addScriptToEvaluateOnNewDocument", source="delete globalThis.VideoDecoder")
    with ordinary_priority(), sender_with_page(codec="hybrid") as (_, url):
        browser.open(url)
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 3")
        browser.wait_for(LIVE)
        warning = browser.run(WARNING)
        assert warning == "this browser has no WebCodecs, so it gets JPEG pictures: fewer of them, and larger"
        browser.open("about:blank")
    browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=removed["identifier"])
    assert browser.complaints == []


@pytest.mark.parametrize("codec", ["jpeg", "webp", "gan"])
def test_other_codecs_are_shown_as_pictures(browser: Browser, codec: str) -> None:
    browser.complaints.clear()
    with ordinary_priority(), sender_with_page(codec=codec) as (_, url):
        browser.open(url)
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 3")
        assert browser.run("document.querySelector('#picture').width") == 96
        warning = browser.run(WARNING)
        assert ("no browser decodes gan" in warning) if codec == "gan" else warning == ""
        browser.open("about:blank")
    assert browser.complaints == []


def test_a_sender_that_comes_back_is_shown_again(browser: Browser) -> None:
    with sender_with_page() as (_, url):
        browser.open(url)
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 3")
    browser.wait_for("document.querySelector('#state').textContent === 'not live'")
    browser.wait_for("document.querySelector('#figure').classList.contains('stale')")
    port = int(url.rstrip("/").rpartition(":")[2])
    with sender_with_page(web=WebAddress(host="127.0.0.1", port=port)):
        browser.wait_for(LIVE)
    browser.open("about:blank")


def test_a_wrong_token_is_one_line(browser: Browser) -> None:
    guarded = WebAddress(host="127.0.0.1", port=0, token="secret")
    with sender_with_page(web=guarded) as (_, url):
        browser.open(url.replace("secret", "wrong"))
        text = browser.wait_for("document.body.innerText")
        assert "needs the address with the token that `narrowcast send` has printed" in text
        browser.open(url)
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 1")
        assert "secret" not in browser.run("location.href")
        browser.open("about:blank")


def test_a_page_whose_sender_was_started_anew_says_what_to_open(browser: Browser) -> None:
    guarded = WebAddress(host="127.0.0.1", port=0, token="first")
    with sender_with_page(web=guarded) as (_, url):
        browser.open(url)
        browser.wait_for(f"document.querySelector('#picture') && {SEQUENCE} > 1")
    port = int(url.partition("?")[0].rstrip("/").rpartition(":")[2])
    with sender_with_page(web=WebAddress(host="127.0.0.1", port=port, token="second")):
        browser.wait_for(
            "document.querySelector('#headline').textContent.startsWith('the sender was started anew')"
        )
        browser.wait_for(
            "document.querySelector('#detail').textContent === 'open the address that it prints now'"
        )
    browser.open("about:blank")
