"""VGG16 and AlexNet: shapes, pooling, and what missing weights say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from narrowcast.codec.metrics.networks import (
    AlexNet,
    Vgg16,
    WeightsMissingError,
    l2_pooling,
    load_weights,
    max_pooling,
)
from tests.codec.metrics.network_samples import alexnet_state, vgg16_state


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


def test_alexnet_shapes_are_torchvisions() -> None:
    taps = AlexNet(alexnet_state(4))(torch.rand(1, 3, 224, 224))
    assert [tap.shape[-1] for tap in taps] == [55, 27, 13, 13, 13]


def test_l2_pooling_keeps_the_level_of_a_flat_map() -> None:
    pooled = l2_pooling(torch.full((1, 2, 9, 9), 3.0))
    assert pooled.shape == (1, 2, 5, 5)
    torch.testing.assert_close(pooled[..., 1:-1, 1:-1], torch.full((1, 2, 3, 3), 3.0))


def test_l2_pooling_weighs_by_a_hann_window() -> None:
    impulse = torch.zeros(1, 1, 5, 5)
    impulse[0, 0, 2, 2] = 4.0
    assert l2_pooling(impulse)[0, 0, 1, 1].item() == pytest.approx((0.25 * 16.0) ** 0.5)


def test_weights_are_read_as_float32(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2, dtype=torch.float16)}, tmp_path / "w.safetensors")
    assert load_weights(tmp_path, "w")["a"].dtype == torch.float32


@pytest.mark.parametrize("content", [None, b"not a safetensors file"])
def test_missing_or_damaged_weights_get_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(WeightsMissingError, match=r"w\.safetensors") as caught:
        load_weights(tmp_path, "w")
    assert "\n" not in str(caught.value)


def test_no_folder_at_all_names_the_option() -> None:
    with pytest.raises(WeightsMissingError, match="use weights="):
        load_weights(None, "w")


def test_weights_of_another_layout_are_refused() -> None:
    with pytest.raises(WeightsMissingError, match=r"features\.0\.weight"):
        AlexNet({})
