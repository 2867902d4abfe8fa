"""Tests of codec/classic/row_predictor.py."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.classic.row_predictor import Residual, add_prediction, subtract_prediction
from narrowcast.codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like, flat, noise


@pytest.mark.parametrize("picture", [camera_like(97, 64), noise(64, 65), flat(64, 64)])
def test_round_trip_is_exact(picture: np.ndarray) -> None:
    assert np.array_equal(add_prediction(subtract_prediction(picture)), picture)


def test_each_row_takes_the_mode_that_fits_it() -> None:
    texture = noise(64, 1)
    across = np.repeat(texture, 64, axis=0)  # every row is the one above
    assert np.all(subtract_prediction(across).modes[1:] == 1)
    assert np.count_nonzero(subtract_prediction(across).values[1:]) == 0
    down = np.ascontiguousarray(across.transpose(1, 0, 2))  # every pixel is the one to its left
    assert 1 not in subtract_prediction(down).modes[1:]
    assert np.count_nonzero(subtract_prediction(down).values[..., 1:]) == 0
    plane = (across.astype(np.int16) + down).astype(np.uint8)
    assert np.all(subtract_prediction(plane).modes[1:] == 2)


def test_an_unknown_mode_is_refused() -> None:
    residual = subtract_prediction(flat(64, 64))
    modes = residual.modes.copy()
    modes[3] = 3
    with pytest.raises(BitstreamError, match="row predictor 3"):
        add_prediction(Residual(modes=modes, values=residual.values))
