"""What the browser shows beside what the Python receiver shows, of the same payloads, picture by picture."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from narrowcast import codec
from narrowcast.benchmark.browser.chromium import BrowserTab
from narrowcast.benchmark.clips import Clip
from narrowcast.benchmark.metrics import Metric
from narrowcast.codec import BitBudget, Rgb

EVERY = 5
"Of so many pictures one is scored."

# Decodes and paints as painter.js does, in the page itself; all but each `every`th picture are carried.
_BEGIN = """
(async () => {
  const assets = new URL(".", document.querySelector("script").src).href;
  const from = (name) => import(assets + "codec/" + name);
  const [{ PayloadChain }, { BaseDecoder }, { ColourConverter }, { Restorer }] =
    await Promise.all(["hybrid_header.js", "base_decoder.js", "colour.js", "restorer.js"].map(from));
  const files = (await (await fetch("stream.json")).json()).generator;
  if (files.missing) throw new Error(files.missing);
  const restorer = new Restorer(() => {});
  restorer.load({ files, page: location.href, device: "wasm", restore: "always" });
  const chain = new PayloadChain();
  let decoder, stream, converter, count = 0;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text = (rgba) => {
    let out = "";
    const piece = (at) => String.fromCharCode(...rgba.subarray(at, at + 8192));
    for (let at = 0; at < rgba.length; at += 8192) out += piece(at);
    return btoa(out);
  };
  window.compare = async (payload, every) => {
    const found = chain.unpack(bytes(payload));
    if (found.stream) {
      stream = found.stream;
      decoder = new BaseDecoder(stream, found.packet);
      converter = new ColourConverter(decoder.size.width, decoder.size.height, stream.format);
      count = 0;
    }
    const planes = await decoder.decode(found.packet);
    const picture = { rgba: converter.toRgba(planes), width: planes.width, height: planes.height };
    const frame = { crf: found.crf, keyframe: found.stream !== null, backlog: 0 };
    while (restorer.thread.device === "") {
      await restorer.restore(picture, stream, frame);
      if (restorer.text.includes("does not run")) throw new Error(restorer.text);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (found.stream) restorer.forget();
    restorer.pace.begin = () => (count % every === 0 ? "paint" : "carry");
    const shown = await restorer.restore(picture, stream, frame);
    count += 1;
    return [text(picture.rgba), text(shown.rgba)];
  };
})()
"""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One way of painting in the browser, beside the Python receiver's."""

    clip: str
    "which"
    every: int
    "of so many pictures the browser painted one, and carried its texture over to the others"
    frames: int
    "compared"
    base_levels: float
    "mean difference of the base pictures, in levels of 255"
    painted_levels: float
    "mean difference of the painted ones, each with its own memory"
    scores: Mapping[str, tuple[float, float, float]]
    "by metric: the base picture's, the Python receiver's and the browser's mean score"


def payloads_of(clip: Clip, kbps: float) -> list[bytes]:
    """Code a clip with the hybrid codec at a held rate."""
    height, width = clip.frames[0].shape[:2]
    encoder = codec.create_encoder("hybrid", width=width, height=height)
    budget = BitBudget(bytes_a_frame=125 * kbps / clip.fps)
    return [
        encoder.encode(rgb, quality=1.0, keyframe=number == 0, budget=budget).payload
        for number, rgb in enumerate(clip.frames)
    ]


def compare(
    browser: BrowserTab, clip: Clip, payloads: Sequence[bytes], every: int, metrics: Mapping[str, Metric]
) -> Comparison:
    """Decode the payloads in the browser, which is on a sender's page, and here."""
    height, width = clip.frames[0].shape[:2]
    plain, painting = (
        codec.create_decoder("hybrid", width=width, height=height, restore=restore)
        for restore in ("never", "always")
    )
    browser.run(_BEGIN)
    base_levels, painted_levels = [], []
    scores: dict[str, list[list[float]]] = {name: [] for name in metrics}
    for number, (source, payload) in enumerate(zip(clip.frames, payloads, strict=True)):
        packed = json.dumps(base64.b64encode(payload).decode())
        base, shown = (_rgb(text, height, width) for text in browser.run(f"compare({packed}, {every})"))
        own_base, own_shown = plain.decode(payload), painting.decode(payload)
        base_levels.append(_levels(base, own_base))
        painted_levels.append(_levels(shown, own_shown))
        if number % EVERY == EVERY - 1:
            for name, metric in metrics.items():
                scores[name].append(metric(source, [own_base, own_shown, shown]))
    return Comparison(
        clip=clip.name,
        every=every,
        frames=len(payloads),
        base_levels=round(fmean(base_levels), 3),
        painted_levels=round(fmean(painted_levels), 3),
        scores={name: _means(found) for name, found in scores.items()},
    )


def _means(found: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    base, python, browser = (fmean(column) for column in zip(*found, strict=True))
    return base, python, browser


def _rgb(text: str, height: int, width: int) -> Rgb:
    rgba = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(rgba[:, :, :3])


def _levels(one: Rgb, other: Rgb) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())
