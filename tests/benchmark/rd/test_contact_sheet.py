"""Contact sheet: the search for the wanted rate, the crops, the drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.benchmark.clips import Clip
from narrowcast.benchmark.errors import PlotError
from narrowcast.benchmark.peers.narrowcast_peer import NarrowcastPeer
from narrowcast.benchmark.rd.contact_sheet import (
    CLOSE_ENOUGH,
    GAP,
    LABEL_HEIGHT,
    TILE_WIDTH,
    Tile,
    busiest_crops,
    codec_tile,
    draw_sheet,
    source_tile,
    write_sheet,
)
from narrowcast.benchmark.rd.measure import measure_peer
from narrowcast.codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import RoundingCoder, SteppedPeer, make_clip, make_picture

CLIP = make_clip(4)


@dataclass
class ExponentialPeer:
    """A codec whose log rate grows with the cube of its setting: no interpolation is exact at once."""

    name: str = "exponential"
    settings: Sequence[float] = (0.0, 0.5, 1.0)
    whole_settings: bool = False
    calls: list[float] = field(default_factory=list)

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"q {setting:.2f}"

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> RoundingCoder:
        """Give frames of 100 to 10,000 bytes."""
        self.calls.append(setting)
        return RoundingCoder(frame_bytes=round(100 * math.exp(math.log(100) * setting**3)))


def test_the_search_finds_the_rate() -> None:
    peer = ExponentialPeer()
    points = measure_peer(CLIP, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    peer.calls.clear()
    tile = codec_tile(CLIP, peer, points, kbps=60)
    name, _, _, kbps, _ = tile.label.split()
    assert name == "exponential"
    assert float(kbps) == pytest.approx(60, rel=CLOSE_ENOUGH + 0.02)
    assert not tile.far_off
    assert len(peer.calls) <= 5


def test_a_rate_out_of_reach_is_marked() -> None:
    peer = SteppedPeer()
    points = measure_peer(CLIP, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    tile = codec_tile(CLIP, peer, points, kbps=1)
    assert "step 64" in tile.label
    assert tile.far_off


def test_a_codec_that_cannot_go_low_enough_gets_smaller_pictures() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (192, 256, 3)).astype(np.uint8)
    clip = Clip(name="noise", frames=(noise, noise), fps=15.0)
    peer = NarrowcastPeer("jpeg", (0.0, 1.0), device="cpu", threads=1)
    points = measure_peer(clip, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    wanted = points[0].kbps / 3
    tile = codec_tile(clip, peer, points, kbps=wanted)
    _, size, _, _, kbps, _ = tile.label.split()
    width, height = (int(side) for side in size.split("x"))
    assert width / 256 == pytest.approx(height / 192, rel=0.02)
    assert width < 200
    assert float(kbps) <= wanted
    assert tile.rgb.shape == noise.shape


def test_whole_settings_stay_whole() -> None:
    peer = SteppedPeer()
    points = measure_peer(CLIP, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    setting = float(codec_tile(CLIP, peer, points, kbps=30).label.split()[2])
    assert setting in (range(33, 64))


def test_crops_lie_on_the_detail_and_apart() -> None:
    picture = np.full((96, 128, 3), 128, np.uint8)
    random = np.random.default_rng(0)
    picture[60:84, 90:122] = random.integers(0, 256, (24, 32, 3), np.uint8)
    picture[4:28, 8:40] = random.integers(64, 192, (24, 32, 3), np.uint8)
    (top, left), (other_top, other_left) = busiest_crops(picture, 2)
    assert abs(top - 60) <= 2 and abs(left - 90) <= 2
    assert abs(other_top - 4) <= 2 and abs(other_left - 8) <= 2


def test_a_sheet_has_a_row_a_clip_and_a_column_a_codec() -> None:
    tile = source_tile(CLIP)
    sheet = draw_sheet([tile, tile, tile, replace(tile, clip="other")])
    tile_height = TILE_WIDTH * 96 // 128
    assert sheet.shape == (2 * (LABEL_HEIGHT + 3 * tile_height + GAP), 3 * TILE_WIDTH + 2 * GAP, 3)


def test_labels_out_of_reach_are_red() -> None:
    black = draw_sheet([Tile(clip="a", label="x264", frames=(make_picture(),))])[:LABEL_HEIGHT].astype(int)
    red = draw_sheet([Tile(clip="a", label="x264", frames=(make_picture(),), far_off=True)])[
        :LABEL_HEIGHT
    ].astype(int)
    assert (black[..., 0] == black[..., 1]).all() and black.min() < 60
    assert (red[..., 0] - red[..., 1]).max() > 100


def test_a_sheet_is_written_as_it_was_drawn(tmp_path: Path) -> None:
    tiles = [source_tile(CLIP)]
    write_sheet(tmp_path / "sheet.png", tiles)
    bgr = cv2.imread(str(tmp_path / "sheet.png"))
    assert bgr is not None
    assert (cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB) == draw_sheet(tiles)).all()


def test_a_sheet_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="--sheet"):
        write_sheet(tmp_path / "nowhere" / "sheet.png", [source_tile(CLIP)])
