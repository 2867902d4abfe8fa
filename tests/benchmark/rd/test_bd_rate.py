"""BD-rate: known answers, curves that bend back, curves that do not meet."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.benchmark.rd.bd_rate import RateCurve, bd_rate

RATES = (50.0, 100.0, 200.0, 400.0)
PSNR_DB = (28.0, 31.0, 33.5, 35.0)


def test_the_same_curve_needs_the_same_bits() -> None:
    curve = RateCurve(rates=RATES, scores=PSNR_DB)
    assert bd_rate(curve, curve, higher_is_better=True).percent == pytest.approx(0, abs=1e-9)


@given(factor=st.floats(0.1, 10))
def test_a_constant_factor_is_found_whatever_the_curve(factor: float) -> None:
    anchor = RateCurve(rates=RATES, scores=PSNR_DB)
    test = RateCurve(rates=[rate * factor for rate in RATES], scores=PSNR_DB)
    assert bd_rate(anchor, test, higher_is_better=True).percent == pytest.approx(100 * (factor - 1), abs=1e-6)


def test_straight_lines_over_a_part_of_their_range() -> None:
    """log rate = score against log rate = score - log 2, which are 50% apart wherever both reach."""
    anchor = RateCurve(rates=np.exp([1.0, 2.0, 3.0]).tolist(), scores=[1.0, 2.0, 3.0])
    test = RateCurve(rates=(np.exp([1.5, 2.5, 3.5]) / 2).tolist(), scores=[1.5, 2.5, 3.5])
    assert bd_rate(anchor, test, higher_is_better=True).percent == pytest.approx(-50)


def test_bent_curves_are_interpolated_as_before() -> None:
    """The figure that the benchmark's own PCHIP gave before SciPy's took its place."""
    anchor = RateCurve(rates=RATES, scores=PSNR_DB)
    test = RateCurve(rates=(40.0, 90.0, 150.0, 380.0, 500.0), scores=(27.0, 31.5, 32.0, 35.5, 35.6))
    assert bd_rate(anchor, test, higher_is_better=True).percent == pytest.approx(
        -12.530233915975487, abs=1e-9
    )


def test_lower_is_better() -> None:
    anchor = RateCurve(rates=RATES, scores=(0.4, 0.25, 0.15, 0.1))
    test = RateCurve(rates=[rate / 2 for rate in RATES], scores=(0.4, 0.25, 0.15, 0.1))
    assert bd_rate(anchor, test, higher_is_better=False).percent == pytest.approx(-50)


def test_curves_that_do_not_overlap_say_so() -> None:
    anchor = RateCurve(rates=RATES, scores=PSNR_DB)
    test = RateCurve(rates=RATES, scores=[score + 20 for score in PSNR_DB])
    result = bd_rate(anchor, test, higher_is_better=True)
    assert result.percent is None
    assert result.reason == "the curves do not overlap"


def test_one_point_is_no_curve() -> None:
    result = bd_rate(
        RateCurve(rates=RATES, scores=PSNR_DB), RateCurve(rates=[60], scores=[30]), higher_is_better=True
    )
    assert result.percent is None
    assert "fewer than two points" in result.reason


def test_points_that_cost_more_for_less_do_not_count() -> None:
    clean = RateCurve(rates=RATES, scores=PSNR_DB)
    bent = RateCurve(rates=(*RATES, 150.0), scores=(*PSNR_DB, 30.0))
    assert bd_rate(clean, bent, higher_is_better=True).percent == pytest.approx(0, abs=1e-9)


def test_without_scipy_there_is_a_reason_and_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.interpolate", None)
    curve = RateCurve(rates=RATES, scores=PSNR_DB)
    result = bd_rate(curve, curve, higher_is_better=True)
    assert result.percent is None and "pip install" in result.reason
