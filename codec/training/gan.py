"""Stage 3: synthesis alone against a discriminator; the bitstream stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from codec.latent.analysis import Analysis
from codec.latent.config import Y_UNIT, ModelConfig
from codec.latent.entropy import EntropyTables, gaussian_tables
from codec.latent.quantiser import dead_zones
from codec.latent.reference import ReferenceState
from codec.latent.synthesis import Synthesis
from codec.latent.trained import TrainedModel
from codec.layers import place
from codec.training.batches import Dealer, Draw, Prefetcher
from codec.training.config import GanConfig
from codec.training.data import FrameStore, to_unit
from codec.training.pair_loss import PairLoss
from codec.training.past import integer_latents, part_of
from codec.training.processes import Processes
from codec.training.scenes import sample_scene
from codec.training.stills import write_sheet


class Gan:
    """Loss: MSE + perceptual + adversarial + temporal, on the last two pictures of a scene."""

    name = "gan"

    def __init__(self, config: GanConfig, model: ModelConfig, processes: Processes) -> None:
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
        self.dead_zones = dead_zones(EntropyTables(gaussian_tables())).to(config.device)
        store = FrameStore(config.cache_dir)

        def make(draw: Draw) -> Tensor:
            frames = int(draw.step.integers(2, config.frames + 1))
            scenes = [sample_scene(store, config.crop, frames, rng) for rng in draw.samples]
            return to_unit(np.stack(scenes))

        self.batches = Prefetcher(make, Dealer(config.seed, config.batch, processes.rank))
        self.last: tuple[Tensor, Tensor] | None = None

    def load(self, stills: dict[str, Tensor], past: dict[str, Tensor] | None = None) -> None:
        """Start from the averaged weights of the stages before."""
        self.analysis.load_state_dict(part_of(stills, "analysis."))
        self.synthesis.load_state_dict(part_of(stills, "synthesis."))
        self.coder.load_state_dict(part_of(past or stills, "coder."))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch of scenes, paint their last two pictures and return the generator's loss."""
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
        state: ReferenceState | None = None
        for index in range(scenes.shape[1]):
            rgb = scenes[:, index].contiguous(memory_format=torch.channels_last)
            y = integer_latents(self.analysis, rgb, q, bf16=self.config.bf16)
            state = state or ReferenceState.empty(y.shape, y.device)
            state = state.advanced(self.coder(y, q, state, self.dead_zones).y_hat)
        assert state is not None
        return (
            torch.cat([state.reference_2, state.reference_1]).contiguous(memory_format=torch.channels_last)
            / Y_UNIT
        )

    def after_step(self, progress: float) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        return self.pair_loss.judge()

    def sample(self, path: Path) -> None:
        """Write the last batch: sources above, reconstructions below."""
        if self.last is not None:
            write_sheet(path, *self.last)

    def close(self) -> None:
        """Stop the data threads."""
        self.batches.close()
