"""How real a decoded picture looks, without a reference: the trained discriminator's opinion."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from codec.api import Rgb
from codec.checkpoint import SHIPPED, Realism, load_realism
from codec.picture import to_tensor


def realism(rgb: Rgb, *, weights: Path = SHIPPED) -> float:
    """Score one picture, uint8 [H, W, 3]: 1 looks like a camera's, 0 like a coarsely coded one.

    The score is the mean logit of the discriminator's heads (Sauer et al. 2021), scaled so that camera
    pictures of the training data have mean 1 and what the coarsest quantisers left of them mean 0,
    clamped to [0, 1]. It judges texture, not truth: a wrong but crisp picture scores high.

    Raises WeightsError where the weights are missing or altered.
    """
    judge = _judge(weights)
    with torch.inference_mode():
        logit = float(judge.network(to_tensor(rgb, 1)))
    return min(1.0, max(0.0, (logit - judge.coded_logit) / (judge.real_logit - judge.coded_logit)))


@cache
def _judge(weights: Path) -> Realism:
    return load_realism(weights)
