"""What a soak says of memory and of the pictures."""

from __future__ import annotations

from tests.chaos.log import SECOND_US, ChaosLog, Shown, Usage
from tests.chaos.soak import soak_complaints, soak_growth, soak_psnr

MINUTE = 60


def soaked(*, receiver_grows: float = 0.0, psnr: list[float]) -> ChaosLog:
    """A log of as many looks as there are judged pictures, one a minute."""
    log = ChaosLog()
    for index, value in enumerate(psnr):
        at_us = index * MINUTE * SECOND_US
        log.shown += [
            Shown(at_us=at_us, age_us=1000, psnr=None),
            Shown(at_us=at_us, age_us=1000, psnr=value),
        ]
        sizes = {"sender": 1e8, "receiver": 1e8 * (1 + receiver_grows * index / len(psnr))}
        log.usage += [
            Usage(pid=1, name=name, at_us=at_us, resident_bytes=round(size), files=9)
            for name, size in sizes.items()
        ]
    return log


def test_a_steady_run_has_no_complaint() -> None:
    log = soaked(receiver_grows=0.01, psnr=[34.0, 34.4, 33.9, 34.2] * 10)
    assert soak_complaints(log) == []
    assert 1.0 < soak_growth(log, "receiver") < 1.02
    assert soak_growth(log, "sender") == 1.0


def test_a_picture_that_drifts_and_memory_that_grows_are_told() -> None:
    log = soaked(receiver_grows=0.1, psnr=[34.0 - 0.05 * minute for minute in range(30)])
    drift, memory = soak_complaints(log)
    assert drift == "the picture drifted from 33.95 to 32.60 dB"
    assert memory.startswith("the receiver's memory grew by 8")
    assert soak_psnr(log)[2] == 34.0 - 0.05 * 29


def test_a_run_that_showed_nothing_is_told() -> None:
    log = soaked(psnr=[0.0])
    log.shown.clear()
    assert soak_complaints(log) == ["not enough pictures were shown to judge one"]
