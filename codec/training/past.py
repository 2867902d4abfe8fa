"""Stage 2: the exact predictor and prior, on the frozen latents of moving and still scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from codec.latent.analysis import Analysis, to_units
from codec.latent.config import ModelConfig
from codec.latent.entropy import EntropyTables, gaussian_tables
from codec.latent.quantiser import dead_zones
from codec.latent.reference import ReferenceState
from codec.latent.trained import TrainedModel
from codec.layers import place
from codec.training.batches import Dealer, Draw, Prefetcher
from codec.training.config import PastConfig
from codec.training.data import FrameStore, to_unit
from codec.training.losses import symbol_bits
from codec.training.processes import Processes
from codec.training.scenes import sample_scene

QUALITY_CHANGE_SHARE = 0.3
"""Of the sequences: quality changes from frame to frame, as rate control does."""


class Past:
    """Loss: bits per pixel of the symbols that the sender would really write, keyframe and inter frames."""

    name = "past"

    def __init__(self, config: PastConfig, model: ModelConfig, processes: Processes) -> None:
        self.config = config
        self.analysis = place(Analysis(model), config.device)
        self.analysis.requires_grad_(False)
        self.coder = coder = place(TrainedModel(model), config.device)
        coder.steps.requires_grad_(False)  # analysis and synthesis were trained for these
        self.models = nn.ModuleDict({"coder": coder})
        self.trained = [parameter for parameter in coder.parameters() if parameter.requires_grad]
        self.dead_zones = dead_zones(EntropyTables(gaussian_tables())).to(config.device)
        store = FrameStore(config.cache_dir)

        def make(draw: Draw) -> Tensor:
            scenes = [sample_scene(store, config.crop, config.frames, rng) for rng in draw.samples]
            return to_unit(np.stack(scenes))

        self.batches = Prefetcher(make, Dealer(config.seed, config.batch, processes.rank))

    def load(self, stills: dict[str, Tensor]) -> None:
        """Start from the stills stage's averaged weights."""
        self.analysis.load_state_dict(part_of(stills, "analysis."))
        self.coder.load_state_dict(part_of(stills, "coder."))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch of scenes frame by frame; return the mean bits per pixel."""
        coder = self.coder
        coder.set_exact(progress >= self.config.exact_after)
        scenes = self.batches.next().to(self.config.device)  # [B, T, 3, H, W]
        count, frames = scenes.shape[:2]
        q = self._qualities(count, frames)
        bpp: list[Tensor] = []
        state: ReferenceState | None = None
        for index in range(frames):
            y = self._latents(scenes[:, index], q[index])
            state = state or ReferenceState.empty(y.shape, y.device)
            coded = coder(y, q[index], state, self.dead_zones)
            bits = symbol_bits(coded.symbols, coded.row).sum(dim=(1, 2, 3))
            bpp.append((bits / (scenes.shape[3] * scenes.shape[4])).mean())
            state = state.advanced(coded.y_hat.detach())
        inter = torch.stack(bpp[1:]).mean()
        # Keyframes are rare in a stream but decide how soon a receiver sees anything.
        loss = 0.3 * bpp[0] + inter
        return loss, {"key_bpp": float(bpp[0].detach()), "inter_bpp": float(inter.detach())}

    def _qualities(self, count: int, frames: int) -> list[Tensor]:
        """Return q [B] for every frame."""
        device = self.config.device
        q = torch.rand(count, device=device)
        changing = (torch.rand(count, device=device) < QUALITY_CHANGE_SHARE).float()
        drift = [changing * 0.2 * torch.randn(count, device=device) for _ in range(frames)]
        return [(q + change).clamp(0, 1) for change in drift]

    @torch.no_grad()
    def _latents(self, rgb: Tensor, q: Tensor) -> Tensor:
        rgb = rgb.contiguous(memory_format=torch.channels_last)
        return integer_latents(self.analysis, rgb, q, bf16=self.config.bf16)

    def after_step(self, progress: float) -> dict[str, float]:
        """Nothing follows the step here."""
        return {}

    def sample(self, path: Path) -> None:
        """The picture does not change in this stage."""

    def close(self) -> None:
        """Stop the data threads."""
        self.batches.close()


@torch.no_grad()
def integer_latents(analysis: Analysis, rgb: Tensor, q: Tensor, *, bf16: bool) -> Tensor:
    """Map rgb [B, 3, H, W] at qualities q [B] to latents in whole units of 1/64, as the sender does."""
    with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
        y = analysis(rgb, analysis.gain(q))
    return to_units(y.float())


def part_of(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the entries under a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
