"""The realism network: heads on texture, whatever the size of the picture."""

from __future__ import annotations

import pytest
import torch

from narrowcast.codec.metrics.efficientnet import TAP_CHANNELS
from narrowcast.codec.metrics.realism_network import REALISM_TAPS, RealismNetwork, projected_head


@pytest.mark.parametrize(("height", "width"), [(64, 64), (97, 131)])
def test_every_picture_has_one_logit_of_its_own(height: int, width: int) -> None:
    torch.manual_seed(0)
    network = RealismNetwork().eval()
    pictures = torch.rand(3, 3, height, width)
    with torch.inference_mode():
        logits = network(pictures)
        alone = network(pictures[1:2])
    assert logits.shape == (3,)
    assert len(set(logits.tolist())) == 3
    torch.testing.assert_close(logits[1:2], alone, rtol=1e-4, atol=1e-6)


def test_the_logit_is_the_mean_over_the_heads() -> None:
    network = RealismNetwork().eval()
    assert len(network.heads) == REALISM_TAPS
    with torch.no_grad():
        for number, head in enumerate(network.heads):
            last = list(head.children())[-1]
            assert isinstance(last, torch.nn.Conv2d) and last.bias is not None
            last.weight.zero_()
            last.bias.fill_(float(number))
        assert float(network(torch.rand(1, 3, 64, 64))) == pytest.approx((REALISM_TAPS - 1) / 2)


def test_a_head_gives_one_logit_a_position() -> None:
    assert projected_head(TAP_CHANNELS[0])(torch.rand(2, TAP_CHANNELS[0], 6, 5)).shape == (2, 1, 6, 5)
