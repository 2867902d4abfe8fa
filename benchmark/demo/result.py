"""What the demo measured: the numbers, the table made of them, and pictures side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from narrowcast import codec
from narrowcast.benchmark.tables import TableView, fact_table
from narrowcast.protocol import Percentiles
from narrowcast.runtime.picture_files import write_png
from narrowcast.sender.sources.feeds import VideoFeed
from narrowcast.sender.sources.fit import fit_picture
from narrowcast.sender.sources.spec import DEMO_CLIP

JPEG_QUALITY = 80
"A usual setting of cameras and of programs that send motion JPEG."


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """The demo's numbers, in the order in which they are printed."""

    frames: int
    "shown"
    fps: float
    "shown a second, from the first to the last"
    missed: int
    "pictures of the source that were due from the first one shown on, and were not shown"
    kbps: float
    "on the wire: all bytes from the sender"
    bpp: float
    "payload bits per pixel"
    raw_kbps: float
    "what 8-bit RGB would need at the same frame rate"
    jpeg_kbps: float
    "what the same pictures would need as JPEG at quality 80"
    encode_ms: Percentiles
    "one picture to its payload"
    network_ms: Percentiles
    "from the sender's socket to the receiver's"
    decode_ms: Percentiles
    "one payload to its picture"
    capture_to_display_ms: Percentiles
    "from the time when the picture was due at the source until it was shown"


def make_result(
    *, sender: dict[str, Any], receiver: dict[str, Any], width: int, height: int, fps: float
) -> DemoResult:
    """Put the two programs' summaries together; the receiver has shown at least one picture."""
    shown = int(receiver["shown"])
    interval_us = 1e6 / fps
    shown_us = receiver["last_shown_us"] - receiver["first_shown_us"]
    due_us = sender["last_capture_us"] - receiver["first_shown_capture_us"]
    shown_fps = (shown - 1) * 1e6 / shown_us if shown_us > 0 else 0.0
    return DemoResult(
        frames=shown,
        fps=round(shown_fps, 2),
        missed=max(0, round(due_us / interval_us) + 1 - shown),
        kbps=round(8e3 * receiver["wire_bytes_in"] / (shown_us + interval_us), 1),
        bpp=receiver["bpp"],
        raw_kbps=round(24 * width * height * fps / 1000, 1),
        jpeg_kbps=round(8 * fps * _jpeg_frame_bytes(shown, width, height) / 1000, 1),
        encode_ms=Percentiles(**sender["encode_ms"]),
        network_ms=Percentiles(**receiver["network_ms"]),
        decode_ms=Percentiles(**receiver["decode_ms"]),
        capture_to_display_ms=Percentiles(**receiver["capture_to_display_ms"]),
    )


def result_table(result: DemoResult, title: str) -> TableView:
    """Describe the table of the numbers."""
    rates = (
        ("frames shown", f"{result.frames} at {result.fps:.2f} fps, {result.missed} missed"),
        ("on the wire", f"{result.kbps:.1f} kbps, {result.bpp:.4f} bits per pixel"),
        ("raw 8-bit RGB would need", _times(result.raw_kbps, result.kbps)),
        (f"JPEG (OpenCV, quality {JPEG_QUALITY}) would need", _times(result.jpeg_kbps, result.kbps)),
    )
    latencies = (
        ("encode", result.encode_ms),
        ("network", result.network_ms),
        ("decode", result.decode_ms),
        ("capture to display", result.capture_to_display_ms),
    )
    return fact_table(title, rates, [(name, str(latency)) for name, latency in latencies])


def write_pairs(parts: Path, folder: Path, width: int, height: int) -> int:
    """Join `<time>-source.png` and `<time>-decoded.png` of `parts` as `folder`/frame-00001.png and so on.

    Returns the number of pairs; a picture whose other half is missing (never shown) is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    decoder = codec.create_decoder("png", width=width, height=height)
    count = 0
    for decoded in sorted(parts.glob("*-decoded.png")):
        source = decoded.with_name(decoded.name.replace("-decoded", "-source"))
        if source.exists():
            count += 1
            pictures = [decoder.decode(path.read_bytes()) for path in (source, decoded)]
            write_png(folder / f"frame-{count:05d}.png", np.concatenate(pictures, axis=1))
    return count


def _jpeg_frame_bytes(frames: int, width: int, height: int) -> float:
    """Mean size of the clip's first pictures as JPEG."""
    # The jpeg codec's quality 0 to 1 runs over libjpeg's 5 to 95.
    quality = (JPEG_QUALITY - 5) / 90
    encoder = codec.create_encoder("jpeg", width=width, height=height)
    feed = VideoFeed(str(DEMO_CLIP))
    sizes: list[int] = []
    while len(sizes) < frames and (picture := feed.picture(len(sizes))) is not None:
        rgb = fit_picture(picture, width, height)
        sizes.append(len(encoder.encode(rgb, quality=quality).payload))
    feed.close()
    return sum(sizes) / len(sizes)


def _times(kbps: float, ours_kbps: float) -> str:
    return f"{kbps:,.0f} kbps, {kbps / ours_kbps:.0f} times as much" if ours_kbps else f"{kbps:,.0f} kbps"
