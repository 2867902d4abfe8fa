"""Tests of tone_map.py: white, grey and highlights land where BT.2408 puts them."""

from __future__ import annotations

import numpy as np
import pytest

from sender.sources.tone_map import HLG, PQ, tone_mapped


def grey(signal: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return np.full((4, 4, 3), round(65535 * signal), np.uint16)


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.58), (HLG, 0.75)])
def test_reference_white_is_bright_and_highlights_are_brighter(transfer: int, white: float) -> None:
    levels = [
        int(tone_mapped(grey(signal), transfer).mean()) for signal in (0, white / 2, white, white + 0.1, 1)
    ]
    assert levels[0] == 0 and levels[-1] == 255
    assert levels == sorted(set(levels))
    assert 205 < levels[2] < 245


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_grey_stays_grey_and_colours_keep_their_order(transfer: int) -> None:
    assert np.ptp(tone_mapped(grey(0.5), transfer)) == 0
    red = np.zeros((2, 2, 3), np.uint16)
    red[..., 0] = 40_000
    mapped = tone_mapped(red, transfer)
    assert mapped[0, 0, 0] > 100 and mapped[0, 0, 1:].max() < 30
