"""The receiver that writes down what it shows: alone, and in a trial with its JPEG codec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.quality import open_clip, score_trial
from benchmark.link.systems import SYSTEMS, Address, ProgramCommand
from benchmark.link.testbed import proxy_testbed
from benchmark.link.trial import run_trial
from codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import write_video

NARROWCAST = SYSTEMS["narrowcast"]


def jpeg_sender(settings: PeerSettings, address: Address) -> ProgramCommand:
    command = NARROWCAST.sender(settings, address)
    return replace(command, arguments=(*command.arguments, "--codec", "jpeg"))


def jpeg_receiver(settings: PeerSettings, address: Address) -> ProgramCommand:
    command = NARROWCAST.receiver(settings, address)
    arguments = tuple(argument.replace("hybrid:", "jpeg:") for argument in command.arguments)
    return replace(command, arguments=arguments)


def test_pictures_and_times_are_those_of_the_clip(tmp_path: Path) -> None:
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
    system = replace(NARROWCAST, sender=jpeg_sender, receiver=jpeg_receiver)
    testbed = proxy_testbed(1000, sender_listens=True, delay_ms=0, jitter_ms=0)
    trial = run_trial(system, settings, testbed, settle_s=0, seconds=1.2)
    assert len(trial.shown) > 1
    clip = open_clip(tmp_path / "clip.avi", width=160, height=120, fps=15.0)
    # Every frame of the clip has its own grey: a wrong one would be 8 levels off, 30 dB.
    assert score_trial(trial, tmp_path, clip, {"psnr": psnr})["psnr"] > 38
