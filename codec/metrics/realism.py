"""How real a decoded picture looks, without a reference: a score by the trained discriminator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from narrowcast.codec.api import Rgb
from narrowcast.codec.metrics.realism_network import RealismNetwork
from narrowcast.codec.picture import to_tensor
from narrowcast.codec.weights_file import (
    SHIPPED,
    load_weights_file,
    read_manifest,
    save_manifest,
    save_weights,
)

_MANIFEST = "realism.json"
_WEIGHTS = "realism.safetensors"


@dataclass(frozen=True, kw_only=True)
class Realism:
    """The part of the trained discriminator that judges single pictures, and the scale of its score."""

    network: RealismNetwork
    "picture to mean logit"
    real_logit: float
    "its mean over camera pictures"
    coded_logit: float
    "its mean over coarsely coded ones"


def realism(rgb: Rgb, *, weights: Path = SHIPPED) -> float:
    """Score one picture, uint8 [H, W, 3]: 1 looks like a camera's, 0 like a coarsely coded one.

    The score is the mean logit of the discriminator's heads (Sauer et al. 2021), scaled so that camera
    pictures of the training data have mean 1 and what the coarsest quantisers left of them mean 0,
    clamped to [0, 1]. It judges texture, not truth: a wrong but crisp picture scores high.

    Raises WeightsError where the weights are missing or altered.
    """
    judge = load_realism(weights)
    with torch.inference_mode():
        logit = float(judge.network(to_tensor(rgb, 1)))
    return min(1.0, max(0.0, (logit - judge.coded_logit) / (judge.real_logit - judge.coded_logit)))


def save_realism(folder: Path, realism: Realism) -> None:
    """Write the discriminator's part (floats as float16) and its manifest."""
    digest = save_weights(folder / _WEIGHTS, realism.network)
    scale = {"real_logit": realism.real_logit, "coded_logit": realism.coded_logit}
    save_manifest(folder / _MANIFEST, {**scale, "sha256": digest})


@cache
def load_realism(folder: Path = SHIPPED) -> Realism:
    """Load what judges pictures; WeightsError where it is missing, altered or of another version."""
    with read_manifest(folder / _MANIFEST) as content:
        real, coded = float(content["real_logit"]), float(content["coded_logit"])
        digest = str(content["sha256"])
        if not real > coded:
            raise ValueError("camera pictures do not score above coded ones")
    network = RealismNetwork()
    load_weights_file(folder / _WEIGHTS, network, digest)
    return Realism(network=network.eval(), real_logit=real, coded_logit=coded)
