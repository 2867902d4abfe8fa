"""The demo: two processes, one result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

import codec
from benchmark.demo.__main__ import main
from benchmark.demo.result import DemoResult, Latency, make_result, result_table
from benchmark.demo.side_by_side import write_pairs
from runtime.picture_files import write_png
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
LATENCY = Latency(p50=1.0, p95=2.0, p99=3.0)


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
        capture_to_display_ms=Latency(p50=None, p95=None, p99=None),
    )
    console = Console(width=100)
    with console.capture() as capture:
        console.print(result_table(result, "demo"))
    assert "JPEG (OpenCV, quality 80)" in capture.get()
    assert "45 times as much" in capture.get()


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


def test_it_prints_one_json_object_and_saves_the_pictures(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["--json", "--codec", "jpeg", "--seconds", "1", "--no-window", "--save-frames", str(tmp_path)]
    assert main(arguments) == 0
    (line,) = capfd.readouterr().out.splitlines()
    result = json.loads(line)
    assert set(result) == set(DemoResult.__dataclass_fields__)
    assert result["frames"] >= 1
    assert result["frames"] + result["missed"] >= 10
    assert result["jpeg_kbps"] > result["kbps"] > 0
    assert result["capture_to_display_ms"]["p50"] > 0
    assert len(list(tmp_path.glob("frame-*.png"))) == result["frames"]


def test_a_wrong_setting_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--codec", "jpeg", "--quality", "7"]) == 2
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err == "narrowcast: error: --quality is 7; it has to be from 0 to 1\n"
