"""Tests of tone_map.py: white, grey and highlights land where BT.2408 puts them, near the formula."""

from __future__ import annotations

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.sender.sources.tone_map import (
    BT2020,
    DEEP_FORMAT,
    HLG,
    P3_D65,
    PQ,
    ColorMap,
    Colors,
    to_bt709,
)

BT709 = 1
SDR = 1


def mapped(signal: list[float], transfer: int, primaries: int = BT2020) -> list[float]:
    return list(map(float, to_bt709(np.array([signal]), Colors(transfer=transfer, primaries=primaries))[0]))


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.58), (HLG, 0.75)])
def test_reference_white_is_bright_and_highlights_are_brighter(transfer: int, white: float) -> None:
    signals = (0, white / 2, white, white + 0.1, 1)
    levels = [round(255 * mapped([signal] * 3, transfer)[0]) for signal in signals]
    assert levels[0] == 0 and levels[-1] == 255
    assert levels == sorted(set(levels))
    assert 205 < levels[2] < 245


@pytest.mark.parametrize("transfer", [PQ, HLG, SDR])
def test_grey_stays_grey_and_colours_keep_their_order(transfer: int) -> None:
    assert np.ptp(mapped([0.5] * 3, transfer)) < 0.003
    red, green, blue = mapped([0.62, 0, 0], transfer)
    assert red > 0.4 and max(green, blue) < 0.12


def test_a_wide_gamut_becomes_stronger_in_the_narrow_one() -> None:
    # The same colour needs more of red and less of green in narrower primaries.
    for primaries in (BT2020, P3_D65):
        red, green, _ = mapped([0.6, 0.4, 0.4], SDR, primaries)
        assert red > 0.61 and green < 0.4
    assert mapped([0.6, 0.4, 0.4], SDR, BT709) == pytest.approx([0.6, 0.4, 0.4])
    assert Colors(transfer=SDR, primaries=BT709).are_usual
    assert not Colors(transfer=SDR, primaries=P3_D65).are_usual


@pytest.mark.parametrize(("transfer", "primaries"), [(PQ, BT2020), (HLG, BT2020), (SDR, P3_D65)])
def test_the_grid_is_near_the_formula(transfer: int, primaries: int) -> None:
    colors = Colors(transfer=transfer, primaries=primaries)
    deep: NDArray[np.uint16] = np.random.default_rng(3).integers(0, 65536, (48, 64, 3), np.uint16)
    color_map = ColorMap(colors, 64, 48)
    want = to_bt709(deep.reshape(-1, 3) / 65535, colors).reshape(48, 64, 3) * 255
    for _ in range(2):  # each frame is mapped by itself
        got = color_map.mapped(av.VideoFrame.from_ndarray(deep, DEEP_FORMAT))
        assert np.abs(got - want).mean() < 1.0
        assert np.percentile(np.abs(got - want), 99) < 6
