"""What the demo measured: numbers, table, pictures side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast import codec
from narrowcast.benchmark.demo.result import DemoResult, make_result, result_table, write_pairs
from narrowcast.protocol import Percentiles
from narrowcast.runtime.picture_files import write_png
from tests.benchmark.table_text import text_of
from tests.codec.picture_samples import camera_like

PERCENTILES = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "count": 9}
SENDER = {"last_capture_us": 5_600_000, "encode_ms": PERCENTILES}
RECEIVER = {
    "shown": 8,
    "first_shown_us": 1_000_000,
    "last_shown_us": 1_600_000,
    "first_shown_capture_us": 5_000_000,
    "wire_bytes_in": 70_000,
    "bpp": 0.25,
    "network_ms": PERCENTILES,
    "decode_ms": PERCENTILES,
    "capture_to_display_ms": PERCENTILES,
}
LATENCY = Percentiles(p50=1.0, p95=2.0, p99=3.0, count=9)


def test_the_result_counts_what_was_due_and_not_shown() -> None:
    result = make_result(sender=SENDER, receiver=RECEIVER, width=640, height=360, fps=15.0)
    assert result.frames == 8
    # 0.6 s at 15 fps after the first one: ten pictures were due, eight were shown.
    assert result.missed == 2
    assert result.fps == pytest.approx(7 / 0.6, abs=0.01)
    assert result.kbps == pytest.approx(8 * 70 / (0.6 + 1 / 15), abs=0.1)
    assert result.raw_kbps == 82944.0
    assert result.kbps < result.jpeg_kbps < result.raw_kbps
    assert result.encode_ms == LATENCY


def test_the_table_says_what_jpeg_it_compares_with() -> None:
    result = DemoResult(
        frames=150,
        fps=15.0,
        missed=0,
        kbps=100.0,
        bpp=0.02,
        raw_kbps=82944.0,
        jpeg_kbps=4500.0,
        encode_ms=LATENCY,
        network_ms=LATENCY,
        decode_ms=LATENCY,
        capture_to_display_ms=Percentiles(p50=None, p95=None, p99=None, count=0),
    )
    text = text_of(result_table(result, "demo"))
    assert "JPEG (OpenCV, quality 80)" in text
    assert "45 times as much" in text


def test_pictures_are_paired_and_the_unpaired_left_out(tmp_path: Path) -> None:
    parts, folder = tmp_path / "parts", tmp_path / "out"
    parts.mkdir()
    source, decoded = camera_like(80, 64, seed=1), camera_like(80, 64, seed=2)
    write_png(parts / "0001-source.png", source)
    write_png(parts / "0002-source.png", source)
    write_png(parts / "0002-decoded.png", decoded)
    assert write_pairs(parts, folder, 80, 64) == 1
    pair = codec.create_decoder("png", width=160, height=64).decode((folder / "frame-00001.png").read_bytes())
    assert (pair[:, :80] == source).all()
    assert (pair[:, 80:] == decoded).all()
