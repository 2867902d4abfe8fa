"""A whole run: gaps go on, interrupts keep rows, JSON is written on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.clips import Clip
from benchmark.peers.peer import Coded, Peer
from benchmark.rd import run as rd_run
from benchmark.rd.config import RdConfig
from benchmark.rd.run import RdRun
from narrowcast.errors import ConfigError
from tests.benchmark.bench_samples import SteppedPeer, write_video
from tests.benchmark.listeners import RememberingListener


class InterruptedPeer(SteppedPeer):
    """Somebody presses Ctrl-C while this codec runs."""

    def code(self, clip: Clip, setting: float) -> Coded:
        """Be interrupted."""
        raise KeyboardInterrupt


PEERS: dict[str, Peer] = {
    "jpeg": SteppedPeer(name="jpeg"),
    "x264": SteppedPeer(name="x264", fails=True),
    "vp9": InterruptedPeer(name="vp9"),
}


@pytest.fixture(autouse=True)
def stepped_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones have their own tests."""
    monkeypatch.setattr(rd_run, "make_peer", lambda name, device, threads: PEERS[name])


def make_config(tmp_path: Path, *codecs: str, clips: tuple[str, ...] = ("a.avi",)) -> RdConfig:
    for name in clips:
        write_video(tmp_path / name, 6)
    return RdConfig(
        paths=tuple(tmp_path / name for name in clips),
        codecs=codecs,
        metrics=("psnr",),
        width=160,
        height=120,
        threads=1,
        json=tmp_path / "rows.json",
    )


def test_a_missing_encoder_and_a_missing_clip_stop_nothing(tmp_path: Path) -> None:
    config = make_config(tmp_path, "x264", "jpeg", clips=("a.avi",))
    config = RdConfig(**{**vars(config), "paths": (tmp_path / "gone.mp4", *config.paths)})
    listener = RememberingListener()
    run = RdRun(config, listener)
    run.run()
    assert [(point.clip, point.codec) for point in run.results.points] == [("a", "jpeg")] * 3
    assert [(gap.clip, gap.codec) for gap in run.results.gaps] == [("gone", ""), ("a", "x264")]
    assert len(listener.notices) == 2
    assert "gone.mp4" in listener.notices[0]
    assert "not installed" in listener.notices[1]


def test_progress_ends_at_its_length(tmp_path: Path) -> None:
    listener = RememberingListener()
    RdRun(make_config(tmp_path, "jpeg", clips=("a.avi", "b.avi")), listener).run()
    assert listener.done == listener.total > 0


def test_an_interrupt_keeps_the_rows_in_the_file(tmp_path: Path) -> None:
    run = RdRun(make_config(tmp_path, "jpeg", "vp9"), RememberingListener())
    with pytest.raises(KeyboardInterrupt):
        run.run()
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]
    assert [row["codec"] for row in rows] == ["jpeg"] * 3


def test_clips_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    run = RdRun(make_config(tmp_path, "jpeg", clips=("a.avi", "other/a.avi")), RememberingListener())
    run.run()
    assert run.results.clips() == ["a", "a-2"]


def test_a_metric_without_weights_is_left_out(tmp_path: Path) -> None:
    config = make_config(tmp_path, "jpeg")
    listener = RememberingListener()
    run = RdRun(
        RdConfig(**{**vars(config), "metrics": ("psnr", "ms_ssim", "dists"), "weights": tmp_path}), listener
    )
    assert run.results.metrics == ("psnr",)
    assert "176 pixels" in listener.notices[0]
    assert "dists_alpha_beta.safetensors" in listener.notices[1]


def test_no_metric_left_is_an_error(tmp_path: Path) -> None:
    config = make_config(tmp_path, "jpeg")
    with pytest.raises(ConfigError, match="--weights"):
        RdRun(RdConfig(**{**vars(config), "metrics": ("lpips_alex",)}), RememberingListener())


def test_the_sheet_has_the_source_and_each_codec(tmp_path: Path) -> None:
    config = make_config(tmp_path, "jpeg")
    run = RdRun(RdConfig(**{**vars(config), "sheet": tmp_path / "sheet.png"}), RememberingListener())
    run.run()
    assert [[tile.label.split()[0] for tile in row] for row in run.sheet] == [["a:", "jpeg"]]
