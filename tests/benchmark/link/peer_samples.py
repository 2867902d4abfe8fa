"""A clip whose every frame has its own grey, the settings to send it with, and whether it came through."""

from __future__ import annotations

from pathlib import Path

from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.quality import open_clip, score_trial
from narrowcast.benchmark.link.systems import LinkSystem
from narrowcast.benchmark.link.testbed import proxy_testbed
from narrowcast.benchmark.link.trial import run_trial
from narrowcast.codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import write_video


def peer_settings(
    folder: Path, *, frames: int = 30, fps: float = 15.0, kbps: float = 1000.0, jpeg_quality: int = 50
) -> PeerSettings:
    """Write the clip into a folder, and say to send it from there and to keep pictures there."""
    write_video(folder / "clip.avi", frames)
    return PeerSettings(
        source=str(folder / "clip.avi"),
        width=160,
        height=120,
        fps=fps,
        kbps=kbps,
        jpeg_quality=jpeg_quality,
        pictures=folder,
    )


def check_pictures_are_the_clips(system: LinkSystem, folder: Path, *, sender_listens: bool) -> None:
    """Send the clip through a system, and compare each picture with that of its capture time."""
    settings = peer_settings(folder)
    testbed = proxy_testbed(1000, sender_listens=sender_listens, delay_ms=0, jitter_ms=0)
    trial = run_trial(system, settings, testbed, settle_s=0, seconds=1.2)
    assert len(trial.shown) > 1
    clip = open_clip(Path(settings.source), width=160, height=120, fps=15.0)
    # A picture of another capture time would be 8 levels off, 30 dB.
    assert score_trial(trial, folder, clip, {"psnr": psnr})["psnr"] > 38
