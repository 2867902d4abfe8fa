"""VGG16: stages, and the plain chain of convolutions behind them."""

from __future__ import annotations

import torch
from torch.nn import functional

from codec.metrics.vgg16 import Vgg16, max_pooling
from tests.codec.training.feature_samples import vgg16_state


def test_vgg16_halves_between_stages() -> None:
    taps = Vgg16(vgg16_state(4), max_pooling)(torch.rand(1, 3, 64, 96))
    assert [tuple(tap.shape) for tap in taps] == [(1, 4, 64 >> stage, 96 >> stage) for stage in range(5)]
    assert all(bool((tap >= 0).all()) for tap in taps), "taps stand behind a ReLU"


def test_vgg16_is_the_plain_chain_of_convolutions() -> None:
    state, x = vgg16_state(4), torch.rand(1, 3, 32, 32)
    expected = x
    for index in (0, 2):
        expected = functional.relu(
            functional.conv2d(
                expected, state[f"features.{index}.weight"], state[f"features.{index}.bias"], padding=1
            )
        )
    torch.testing.assert_close(Vgg16(state, max_pooling)(x)[0], expected)
