"""From checkpoints of the stages to the weights files that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig
from narrowcast.codec.hybrid.weights import save_restoration
from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.manifest import Manifest
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.latent.trained import TrainedModel
from narrowcast.codec.latent.weights import save_model
from narrowcast.codec.metrics.efficientnet import EfficientNetLite0
from narrowcast.codec.metrics.realism import Realism, save_realism
from narrowcast.codec.metrics.realism_network import RealismNetwork
from narrowcast.codec.training.checkpoints import averaged_weights, part_of, sizes_of
from narrowcast.codec.training.coded_scenes import FRAMES, SIDE, CodedStore
from narrowcast.codec.training.data import to_unit
from narrowcast.codec.training.discriminator import ProjectedHeads


def export(
    out: Path,
    *,
    stills: Path,
    predictor: Path | None = None,
    synthesis: Path | None = None,
) -> Manifest:
    """Write the averaged weights of the latest stages; earlier stages stand in for missing ones."""
    model = ModelConfig(**sizes_of(stills))
    first = averaged_weights(stills)
    analysis, coder, decoder = Analysis(model), TrainedModel(model), Synthesis(model)
    analysis.load_state_dict(part_of(first, "analysis."))
    coder.load_state_dict(part_of(averaged_weights(predictor) if predictor else first, "coder."))
    decoder.load_state_dict(part_of(averaged_weights(synthesis) if synthesis else first, "synthesis."))
    return save_model(out, ExactModel.from_trained(coder, model), analysis, decoder)


def export_restoration(out: Path, restore: Path) -> None:
    """Write the averaged weights of the hybrid codec's generator."""
    config = RestorationConfig(**sizes_of(restore))
    restoration = Restoration(config)
    restoration.load_state_dict(part_of(averaged_weights(restore), "restoration."))
    save_restoration(out, restoration, config)


JUDGED_SCENES = 200
"""Scenes that the realism score is scaled on."""

COARSE = 0.85
"""Share of the quantiser's range from which a base picture counts as coarsely coded."""


def export_realism(out: Path, restore: Path, coded: Path, weights_dir: Path) -> Realism:
    """Write the discriminator's heads on texture, their spectral norm folded in, and their scale."""
    network = RealismNetwork()
    network.features.load_state_dict(
        {
            name: value
            for name, value in EfficientNetLite0(weights_dir).state_dict().items()
            if name in network.features.state_dict()
        }
    )
    heads = ProjectedHeads()
    heads.load_state_dict(part_of(averaged_weights(restore), "discriminator.projected."))
    heads.eval()
    with torch.no_grad():
        for plain, trained in zip(network.heads, heads.heads, strict=False):
            for target, layer in zip(plain.children(), trained.children(), strict=True):
                if isinstance(target, nn.Conv2d) and isinstance(layer, nn.Conv2d):
                    assert target.bias is not None and layer.bias is not None
                    target.weight.copy_(layer.weight)
                    target.bias.copy_(layer.bias)
    real, coarse = _mean_logits(network.eval(), CodedStore(coded))
    realism = Realism(network=network, real_logit=real, coded_logit=coarse)
    save_realism(out, realism)
    return realism


@torch.inference_mode()
def _mean_logits(network: RealismNetwork, store: CodedStore) -> tuple[float, float]:
    """Return the mean logits of sources and of coarsely coded base pictures."""
    rng, real, coarse = np.random.default_rng(0), [], []
    for scene in store.scenes[:JUDGED_SCENES]:
        source, base = to_unit(store.window(scene, FRAMES - 1, 1, SIDE, rng))
        real.append(float(network(source)))
        if scene.quantiser >= COARSE:
            coarse.append(float(network(base)))
    return float(np.mean(real)), float(np.mean(coarse))
