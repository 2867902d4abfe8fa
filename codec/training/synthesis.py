"""Stage 3: synthesis alone against a discriminator; the bitstream stays as it is."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import Y_UNIT, ModelConfig
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.latent.trained import TrainedModel
from narrowcast.codec.layers import place
from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.checkpoints import part_of
from narrowcast.codec.training.config import SynthesisConfig
from narrowcast.codec.training.data import FrameStore, to_unit
from narrowcast.codec.training.pair_loss import PairLoss
from narrowcast.codec.training.predictor import code_frames, integer_latents, sender_dead_zones
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.scenes import sample_scene
from narrowcast.codec.training.stage import TrainingStage


class SynthesisStage(TrainingStage[Tensor]):
    """Loss: MSE + perceptual + adversarial + temporal, on the last two pictures of a scene."""

    name = "synthesis"

    def __init__(self, config: SynthesisConfig, model: ModelConfig, processes: Processes) -> None:
        self.config = config
        self.pair_loss = PairLoss(config, model.latent_channels, processes)
        self.analysis = place(Analysis(model), config.device).requires_grad_(False)
        self.coder = place(TrainedModel(model), config.device).requires_grad_(False)
        self.coder.set_exact(True)
        self.synthesis = place(Synthesis(model), config.device)
        self.models = nn.ModuleDict(
            {"synthesis": self.synthesis, "discriminator": self.pair_loss.discriminator}
        )
        self.trained = list(self.synthesis.parameters())
        self.optimizers = self.pair_loss.optimizers
        self.dead_zones = sender_dead_zones(config.device)
        store = FrameStore(config.cache_dir)

        def make(generators: StepGenerators) -> Tensor:
            frames = int(generators.step.integers(2, config.frames + 1))
            scenes = [sample_scene(store, config.crop, frames, rng) for rng in generators.samples]
            return to_unit(np.stack(scenes))

        self.batches = Prefetcher(
            make, seed=config.seed, batch=config.batch, rank=processes.rank, workers=config.workers
        )

    def load(self, stills: dict[str, Tensor], predictor: dict[str, Tensor] | None = None) -> None:
        """Start from the averaged weights of the stages before."""
        self.analysis.load_state_dict(part_of(stills, "analysis."))
        self.synthesis.load_state_dict(part_of(stills, "synthesis."))
        self.coder.load_state_dict(part_of(predictor or stills, "coder."))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch of scenes, decode their last two pictures and return the generator's loss."""
        config = self.config
        scenes = self.batches.next().to(config.device)  # [B, T, 3, H, W]
        q = torch.rand(len(scenes), device=config.device)
        rgb = torch.cat([scenes[:, -2], scenes[:, -1]]).contiguous(memory_format=torch.channels_last)
        y_hat = self._code(scenes, q)
        gain = self.synthesis.gain(q).repeat(2, 1, 1, 1)
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            out = self.synthesis(y_hat, gain)
        out = out.float()
        self.last = rgb, out.detach()
        return self.pair_loss(rgb, out, y_hat[len(q) :], progress)

    @torch.no_grad()
    def _code(self, scenes: Tensor, q: Tensor) -> Tensor:
        """Code scenes as a stream does; return y_hat of the last two pictures, [2B, C, h, w] in latents."""
        pictures = scenes.unbind(1)
        latents = (integer_latents(self.analysis, rgb, q, bf16=self.config.bf16) for rgb in pictures)
        y_hats = [
            coded.y_hat for coded in code_frames(self.coder, latents, [q] * len(pictures), self.dead_zones)
        ]
        return torch.cat(y_hats[-2:]).contiguous(memory_format=torch.channels_last) / Y_UNIT

    def after_step(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        return self.pair_loss.discriminator_step()
