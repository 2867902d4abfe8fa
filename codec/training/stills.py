"""Stage 1: analysis, synthesis and the keyframe prior, together, on stills."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor, nn

from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import Y_UNIT
from narrowcast.codec.latent.reference import ReferenceState
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.latent.trained import TrainedModel
from narrowcast.codec.layers import place
from narrowcast.codec.metrics.efficientnet import EfficientNetLite0
from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.config import StillsConfig
from narrowcast.codec.training.data import FrameStore, sample_still, to_unit
from narrowcast.codec.training.losses import Perceptual, rate_bits
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.stage import TrainingStage


class StillsStage(TrainingStage[Tensor]):
    """Loss: bits per pixel + lambda(q) * (MSE + perceptual), q drawn per sample."""

    name = "stills"

    def __init__(self, config: StillsConfig, processes: Processes) -> None:
        self.config = config
        self.analysis = place(Analysis(config.model), config.device)
        self.synthesis = place(Synthesis(config.model), config.device)
        self.coder = place(TrainedModel(config.model), config.device)
        self.models = nn.ModuleDict(
            {"analysis": self.analysis, "synthesis": self.synthesis, "coder": self.coder}
        )
        self.trained = list(self.models.parameters())
        self.sizes = asdict(config.model)
        self.perceptual = _perceptual(config)
        store = FrameStore(config.cache_dir)

        def make(generators: StepGenerators) -> Tensor:
            return to_unit(np.stack([sample_still(store, config.crop, rng) for rng in generators.samples]))

        self.batches = Prefetcher(
            make, seed=config.seed, batch=config.batch, rank=processes.rank, workers=config.workers
        )

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch of stills and return the loss and its parts."""
        config = self.config
        rgb = self.batches.next().to(config.device).contiguous(memory_format=torch.channels_last)
        q = torch.rand(len(rgb), device=config.device)
        self.coder.set_exact(progress >= config.exact_after)
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            y = self.analysis(rgb, self.analysis.gain(q))
        y = y.float() * Y_UNIT
        coded = self.coder(y, q, ReferenceState.empty(y.shape, y.device))
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            y_hat = coded.y_hat / Y_UNIT
            out = self.synthesis(y_hat, self.synthesis.gain(q))
        out = out.float()
        self.last = rgb, out.detach()

        residual = (y - coded.mean) / self.coder.step(q)
        bpp = rate_bits(residual, coded.row).sum(dim=(1, 2, 3)) / (rgb.shape[2] * rgb.shape[3])
        mse = (out - rgb).square().mean(dim=(1, 2, 3))
        perceptual = self.perceptual(out, rgb) if self.perceptual else torch.zeros_like(mse)
        lmbda = config.lmbda_low * (config.lmbda_high / config.lmbda_low) ** q
        distortion = config.mse_weight * mse + config.perceptual_weight * perceptual
        # Divided by sqrt(lambda): otherwise high qualities would dominate the gradient.
        loss = ((bpp + lmbda * distortion) / lmbda.sqrt()).mean()
        figures = {
            "bpp": float(bpp.mean().detach()),
            "psnr": float(-10 * torch.log10(mse.detach()).mean()),
            "perceptual": float(perceptual.mean().detach()),
        }
        return loss, figures


def _perceptual(config: StillsConfig) -> Perceptual | None:
    if config.weights_dir is None or config.perceptual_weight == 0:
        return None
    return place(Perceptual(EfficientNetLite0(config.weights_dir)), config.device)
