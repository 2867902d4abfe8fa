"""Stage 3: synthesis alone against a discriminator; the bitstream stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..analysis import Analysis
from ..config import Y_UNIT, ModelConfig
from ..encoder import dead_zones
from ..entropy import EntropyTables, gaussian_tables
from ..latents import LatentCoder
from ..layers import place
from ..predictor import Phase
from ..synthesis import Synthesis
from .backbones import EfficientNetLite0
from .config import GanConfig, TrainingConfigError
from .data import FrameStore, Prefetcher
from .discriminator import Discriminator
from .losses import Perceptual, discriminator_loss, generator_loss
from .past import integer_latents, part_of
from .processes import Processes
from .scenes import sample_scene
from .stills import write_sheet

STILL_BELOW = 2.0 / 255
"""Where two source pictures differ by less, the decoded ones should not differ either."""


class Gan:
    """Loss: MSE + perceptual + adversarial + temporal, on two consecutive pictures."""

    name = "gan"

    def __init__(self, config: GanConfig, model: ModelConfig, processes: Processes) -> None:
        if config.weights_dir is None:
            raise TrainingConfigError(
                "the gan stage needs --weights, a folder with efficientnet_lite0.safetensors"
            )
        self.config, self.processes = config, processes
        self.analysis = place(Analysis(model), config.device).requires_grad_(False)
        self.coder = place(LatentCoder(model), config.device).requires_grad_(False)
        self.coder.set_exact(True)
        self.synthesis = place(Synthesis(model), config.device)
        self.discriminator = place(Discriminator(model.latent_channels), config.device)
        self.models = nn.ModuleDict({"synthesis": self.synthesis, "discriminator": self.discriminator})
        self.trained = list(self.synthesis.parameters())
        self.judges = list(self.discriminator.parameters())
        self.judge_optimizer = torch.optim.AdamW(self.judges, lr=config.discriminator_rate, betas=(0.0, 0.99))
        self.backbone = place(EfficientNetLite0(config.weights_dir), config.device)
        self.perceptual = Perceptual(self.backbone)
        self.dead_zones = dead_zones(EntropyTables(gaussian_tables())).to(config.device)
        store = FrameStore(config.cache_dir)

        def make(rng: np.random.Generator) -> NDArray[np.uint8]:
            return np.stack([sample_scene(store, config.crop, 2, rng) for _ in range(config.batch)])

        self.batches = Prefetcher(make, seed=config.seed * 1000 + processes.rank)
        self._judged: tuple[list[Tensor], list[Tensor], Tensor, Tensor, Tensor] | None = None
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
        logits = self.discriminator([tap[count:] for tap in got], out[:count], out[count:], y_hat[count:])
        mse = (out - rgb).square().mean()
        seen = self.perceptual.from_features(got, wanted).mean()
        fooled = torch.stack([generator_loss(part, config.adversarial) for part in logits]).mean()
        flicker = _flicker(rgb, out, count)
        weight = config.adversarial_weight * min(1.0, progress / config.adversarial_warmup)
        loss = (
            config.mse_weight * mse
            + config.perceptual_weight * seen
            + weight * fooled
            + config.temporal_weight * flicker
        )
        self._judged = wanted, [tap.detach() for tap in got], rgb, out.detach(), y_hat
        figures = {"mse": mse, "perceptual": seen, "adversarial": fooled, "flicker": flicker}
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
        assert self._judged is not None
        wanted, got, rgb, out, y_hat = self._judged
        count = len(rgb) // 2
        judge, config = self.discriminator, self.config
        now = slice(count, None)
        real = judge([tap[now] for tap in wanted], rgb[:count], rgb[now], y_hat[now])
        fake = judge([tap[now] for tap in got], out[:count], out[now], y_hat[now])
        parts = [discriminator_loss(r, f, config.adversarial) for r, f in zip(real, fake, strict=True)]
        loss = torch.stack(parts).mean()
        if config.adversarial == "wgan_gp":
            loss = loss + config.penalty_weight * self._penalty(wanted, got, rgb, out, y_hat, count)
        self.judge_optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.processes.average(self.judges)
        self.judge_optimizer.step()
        return {"discriminator": float(loss.detach())}

    def _penalty(
        self, wanted: list[Tensor], got: list[Tensor], rgb: Tensor, out: Tensor, y_hat: Tensor, count: int
    ) -> Tensor:
        """Return the gradient penalty between real and generated inputs (Gulrajani et al. 2017)."""
        mix = torch.rand(count, 1, 1, 1, device=rgb.device)

        def between(real: Tensor, fake: Tensor) -> Tensor:
            return (mix * real + (1 - mix) * fake).detach().requires_grad_(True)

        taps = [between(r[count:], f[count:]) for r, f in zip(wanted, got, strict=True)]
        before, now = between(rgb[:count], out[:count]), between(rgb[count:], out[count:])
        logits = self.discriminator(taps, before, now, y_hat[count:])
        inputs = [*taps, before, now]
        total = torch.stack([part.mean(dim=(1, 2, 3)).sum() for part in logits]).sum()
        gradients = torch.autograd.grad(total, inputs, create_graph=True)
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients])
        return (norms - 1).square().mean()

    def sample(self, path: Path) -> None:
        """Write the last batch: sources above, reconstructions below."""
        if self.last is not None:
            write_sheet(path, *self.last)

    def close(self) -> None:
        """Stop the data threads."""
        self.batches.close()


def _flicker(rgb: Tensor, out: Tensor, count: int) -> Tensor:
    """Return how much the decoded pictures differ where the source stands still."""
    still = ((rgb[count:] - rgb[:count]).abs().amax(dim=1, keepdim=True) < STILL_BELOW).float()
    return (still * (out[count:] - out[:count]).abs()).mean()
