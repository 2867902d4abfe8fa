"""A whole run: gaps go on, interrupts keep rows, JSON is written on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.benchmark.benchmark import INTERRUPTED, measured
from narrowcast.benchmark.peers.peer import Peer
from narrowcast.benchmark.rd import run as rd_run
from narrowcast.benchmark.rd.benchmark import BENCHMARK, ScoredMetrics, measure
from narrowcast.benchmark.rd.contact_sheet import Tile
from narrowcast.benchmark.rd.curves import RdPoint
from narrowcast.benchmark.rd.settings import RdSettings
from narrowcast.benchmark.results import Gap
from narrowcast.errors import ConfigError
from tests.benchmark.bench_samples import RoundingCoder, SteppedPeer, write_video
from tests.benchmark.listeners import RememberingListener


class InterruptedPeer(SteppedPeer):
    """Somebody presses Ctrl-C while this codec runs."""

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> RoundingCoder:
        """Be interrupted."""
        raise KeyboardInterrupt


PEERS: dict[str, Peer] = {
    "jpeg": SteppedPeer(name="jpeg"),
    "x264": SteppedPeer(name="x264", fails=True),
    "vp9": InterruptedPeer(name="vp9"),
}


@pytest.fixture
def stepped_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones have their own tests."""
    monkeypatch.setattr(rd_run, "make_peer", lambda name, device, threads: PEERS[name])


def made_settings(tmp_path: Path, *codecs: str, clips: tuple[str, ...] = ("a.avi",)) -> RdSettings:
    for name in clips:
        write_video(tmp_path / name, 6)
    return RdSettings(
        clips=tuple(tmp_path / name for name in clips),
        codecs=codecs,
        metrics=("psnr",),
        size=(160, 120),
        threads=1,
        json=tmp_path / "rows.json",
    )


@pytest.mark.usefixtures("stepped_peers")
def test_a_missing_encoder_and_a_missing_clip_stop_nothing(tmp_path: Path) -> None:
    settings = made_settings(tmp_path, "x264", "jpeg", clips=("a.avi",))
    settings = replace(settings, clips=(tmp_path / "gone.mp4", *settings.clips))
    listener = RememberingListener()
    found = measured(BENCHMARK, settings, listener)
    assert [(point.clip, point.codec) for point in found.of(RdPoint)] == [("a", "jpeg")] * 3
    assert [tuple(gap.key.values()) for gap in found.of(Gap)] == [("gone", ""), ("a", "x264")]
    assert len(listener.notices) == 2
    assert "gone.mp4" in listener.notices[0]
    assert "not installed" in listener.notices[1]


@pytest.mark.usefixtures("stepped_peers")
def test_progress_ends_at_its_length(tmp_path: Path) -> None:
    listener = RememberingListener()
    measured(BENCHMARK, made_settings(tmp_path, "jpeg", clips=("a.avi", "b.avi")), listener)
    assert listener.done == listener.total > 0


@pytest.mark.usefixtures("stepped_peers")
def test_an_interrupt_keeps_the_rows_in_the_file(tmp_path: Path) -> None:
    listener = RememberingListener()
    found = measured(BENCHMARK, made_settings(tmp_path, "jpeg", "vp9"), listener)
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]
    assert [row["codec"] for row in rows] == ["jpeg"] * 3
    assert len(found.of(RdPoint)) == 3 and listener.notices == [INTERRUPTED]


@pytest.mark.usefixtures("stepped_peers")
def test_clips_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    settings = made_settings(tmp_path, "jpeg", clips=("a.avi", "other/a.avi"))
    points = measured(BENCHMARK, settings, RememberingListener()).of(RdPoint)
    assert list(dict.fromkeys(point.clip for point in points)) == ["a", "a-2"]


def test_a_metric_without_weights_is_left_out(tmp_path: Path) -> None:
    settings = replace(
        made_settings(tmp_path, "jpeg"), metrics=("psnr", "ms_ssim", "dists"), weights=tmp_path
    )
    listener = RememberingListener()
    assert next(measure(settings, listener)) == ScoredMetrics(names=("psnr",))
    assert "176 pixels" in listener.notices[0]
    assert "dists_alpha_beta.safetensors" in listener.notices[1]


def test_no_metric_left_is_an_error(tmp_path: Path) -> None:
    settings = replace(made_settings(tmp_path, "jpeg"), metrics=("lpips_alex",))
    with pytest.raises(ConfigError, match="--weights"):
        next(measure(settings, RememberingListener()))


@pytest.mark.usefixtures("stepped_peers")
def test_the_sheet_has_the_source_and_each_codec(tmp_path: Path) -> None:
    settings = replace(made_settings(tmp_path, "jpeg"), sheet=tmp_path / "sheet.png")
    tiles = measured(BENCHMARK, settings, RememberingListener()).of(Tile)
    assert [(tile.clip, tile.label.split()[0]) for tile in tiles] == [("a", "a:"), ("a", "jpeg")]
