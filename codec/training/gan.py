"""Stage 3: synthesis alone against a discriminator; the bitstream stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..analysis import Analysis
from ..config import Y_UNIT, ModelConfig
from ..encoder import dead_zones
from ..entropy import EntropyTables, gaussian_tables
from ..latents import LatentCoder
from ..layers import place
from ..predictor import Phase
from ..synthesis import Synthesis
from .adversary import Adversary, Pairs, flicker
from .backbones import EfficientNetLite0
from .config import GanConfig, TrainingConfigError
from .data import FrameStore, Prefetcher, to_unit
from .losses import Perceptual
from .past import integer_latents, part_of
from .processes import Processes
from .scenes import sample_scene
from .stills import write_sheet


class Gan:
    """Loss: MSE + perceptual + adversarial + temporal, on two consecutive pictures."""

    name = "gan"

    def __init__(self, config: GanConfig, model: ModelConfig, processes: Processes) -> None:
        if config.weights_dir is None:
            raise TrainingConfigError(
                "the gan stage needs --weights, a folder with efficientnet_lite0.safetensors"
            )
        self.config = config
        self.analysis = place(Analysis(model), config.device).requires_grad_(False)
        self.coder = place(LatentCoder(model), config.device).requires_grad_(False)
        self.coder.set_exact(True)
        self.synthesis = place(Synthesis(model), config.device)
        self.adversary = Adversary(config, model.latent_channels, processes)
        self.models = nn.ModuleDict(
            {"synthesis": self.synthesis, "discriminator": self.adversary.discriminator}
        )
        self.trained = list(self.synthesis.parameters())
        self.backbone = place(EfficientNetLite0(config.weights_dir), config.device)
        self.perceptual = Perceptual(self.backbone)
        self.dead_zones = dead_zones(EntropyTables(gaussian_tables())).to(config.device)
        store = FrameStore(config.cache_dir)

        def make(rng: np.random.Generator) -> Tensor:
            return to_unit(np.stack([sample_scene(store, config.crop, 2, rng) for _ in range(config.batch)]))

        self.batches = Prefetcher(make, seed=config.seed * 1000 + processes.rank)
        self._pairs: tuple[Pairs, Pairs] | None = None  # real and generated
        self.last: tuple[Tensor, Tensor] | None = None

    def load(self, stills: dict[str, Tensor], past: dict[str, Tensor] | None = None) -> None:
        """Start from the averaged weights of the stages before."""
        self.analysis.load_state_dict(part_of(stills, "analysis."))
        self.synthesis.load_state_dict(part_of(stills, "synthesis."))
        self.coder.load_state_dict(part_of(past or stills, "coder."))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Draw two consecutive pictures a sample and return the generator's loss."""
        config = self.config
        scenes = self.batches.next().to(config.device)  # [B, 2, 3, H, W]
        q = torch.rand(len(scenes), device=config.device)
        rgb = torch.cat([scenes[:, 0], scenes[:, 1]]).contiguous(memory_format=torch.channels_last)
        y_hat = self._code(rgb, q)
        gain = self.synthesis.gain(q).repeat(2, 1, 1, 1)
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            out = self.synthesis(y_hat, gain)
        out = out.float()
        self.last = rgb, out.detach()

        with torch.no_grad():
            wanted = self.backbone(rgb)
        got = self.backbone(out)
        count = len(scenes)
        real = _pairs(wanted, rgb, y_hat, count)
        fake = _pairs(got, out, y_hat, count)
        mse = (out - rgb).square().mean()
        seen = self.perceptual.from_features(got, wanted).mean()
        fooled = self.adversary.fooled(fake)
        flickering = flicker(real.before, real.now, fake.before, fake.now)
        self._pairs = real, fake.detached()
        loss = (
            config.mse_weight * mse
            + config.perceptual_weight * seen
            + self.adversary.weight(progress) * fooled
            + config.temporal_weight * flickering
        )
        figures = {"mse": mse, "perceptual": seen, "adversarial": fooled, "flicker": flickering}
        return loss, {name: float(value.detach()) for name, value in figures.items()}

    @torch.no_grad()
    def _code(self, rgb: Tensor, q: Tensor) -> Tensor:
        """Code both pictures, the second against the first; return y_hat [2B, C, h, w] in latents."""
        y = integer_latents(self.analysis, rgb, q.repeat(2), bf16=self.config.bf16)
        first, second = y.chunk(2)
        nothing = torch.zeros_like(first)
        phase = torch.full((len(q),), int(Phase.KEYFRAME), device=y.device)
        key = self.coder(first, q, phase, nothing, nothing, self.dead_zones).y_hat
        phase = torch.full_like(phase, int(Phase.AFTER_KEYFRAME))
        inter = self.coder(second, q, phase, key, key, self.dead_zones).y_hat
        return torch.cat([key, inter]).contiguous(memory_format=torch.channels_last) / Y_UNIT

    def after_step(self, progress: float) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        assert self._pairs is not None
        return {"discriminator": self.adversary.step(*self._pairs)}

    def sample(self, path: Path) -> None:
        """Write the last batch: sources above, reconstructions below."""
        if self.last is not None:
            write_sheet(path, *self.last)

    def close(self) -> None:
        """Stop the data threads."""
        self.batches.close()


def _pairs(taps: list[Tensor], pictures: Tensor, y_hat: Tensor, count: int) -> Pairs:
    """Split [first pictures, second pictures] into the pairs that are judged."""
    return Pairs(
        taps=[tap[count:] for tap in taps],
        before=pictures[:count],
        now=pictures[count:],
        condition=y_hat[count:],
    )
