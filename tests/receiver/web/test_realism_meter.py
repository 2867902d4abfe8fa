"""Tests of receiver/web/realism_meter.py."""

from __future__ import annotations

import pytest

from narrowcast import codec
from narrowcast.receiver.web.realism_meter import RealismMeter
from tests.codec.picture_samples import flat
from tests.pipelines import wait_until


def test_the_newest_picture_is_judged_and_told_once() -> None:
    meter = RealismMeter(lambda rgb: float(rgb[0, 0, 0]) / 255)
    scores: list[float | None] = []
    meter.show(flat(64, 64, 255))
    wait_until(lambda: any(scores), lambda: scores.append(meter.take_score()))
    meter.close()
    assert scores[-1] == 1.0
    assert meter.take_score() is None


def test_without_weights_there_is_no_score_and_no_trouble() -> None:
    asked: list[codec.Rgb] = []

    def missing(rgb: codec.Rgb) -> float:
        asked.append(rgb)
        raise codec.WeightsError("there are none")

    meter = RealismMeter(missing)
    meter.show(flat(64, 64))
    wait_until(lambda: bool(asked))
    meter.show(flat(64, 64))
    meter.close()
    assert meter.take_score() is None
    assert len(asked) == 1


def test_a_fault_in_the_judge_is_logged_and_ends_its_thread_only(caplog: pytest.LogCaptureFixture) -> None:
    def broken(rgb: codec.Rgb) -> float:
        raise ValueError("a fault")

    meter = RealismMeter(broken)
    meter.show(flat(64, 64))
    wait_until(lambda: "a fault" in caplog.text)
    meter.close()
    assert meter.take_score() is None
