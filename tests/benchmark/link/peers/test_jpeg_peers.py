"""imagezmq and NetGear as they are installed, over loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.quality import open_clip, score_trial
from benchmark.link.systems import SYSTEMS
from benchmark.link.testbed import proxy_testbed
from benchmark.link.trial import run_trial
from codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import write_video


@pytest.mark.parametrize("name", ["imagezmq", "netgear"])
def test_pictures_arrive_with_their_capture_times(name: str, tmp_path: Path) -> None:
    if not SYSTEMS[name].installed:
        pytest.skip(f"{name} is not installed: pip install 'narrowcast[peers]'")
    write_video(tmp_path / "clip.avi", 30)
    settings = PeerSettings(
        source=str(tmp_path / "clip.avi"),
        width=160,
        height=120,
        fps=15.0,
        kbps=1000.0,
        jpeg_quality=50,
        pictures=tmp_path,
    )
    testbed = proxy_testbed(1000, sender_listens=False, delay_ms=0, jitter_ms=0)
    trial = run_trial(SYSTEMS[name], settings, testbed, settle_s=0, seconds=1.2)
    assert len(trial.shown) > 1
    clip = open_clip(tmp_path / "clip.avi", width=160, height=120, fps=15.0)
    # Every frame of the clip has its own grey: a wrong one would be 8 levels off, 30 dB.
    assert score_trial(trial, tmp_path, clip, {"psnr": psnr})["psnr"] > 38
