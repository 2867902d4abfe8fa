"""Stage 2: the exact predictor and prior, on the frozen latents of moving and still scenes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from narrowcast.codec.latent.analysis import Analysis, to_units
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.latent.entropy import EntropyTables, gaussian_tables
from narrowcast.codec.latent.quantiser import dead_zones
from narrowcast.codec.latent.reference import ReferenceState
from narrowcast.codec.latent.trained import CodedLatents, TrainedModel
from narrowcast.codec.layers import place
from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.checkpoints import part_of
from narrowcast.codec.training.config import PredictorConfig
from narrowcast.codec.training.data import FrameStore, to_unit
from narrowcast.codec.training.losses import symbol_bits
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.scenes import sample_scene
from narrowcast.codec.training.stage import TrainingStage

QUALITY_CHANGE_SHARE = 0.3
"""Of the sequences: quality changes from frame to frame, as rate control does."""

KEYFRAME_WEIGHT = 0.3
"""Keyframes are rare in a stream but decide how soon a receiver sees anything."""


class PredictorStage(TrainingStage[Tensor]):
    """Loss: bits per pixel of the symbols that the sender would really write, keyframe and inter frames."""

    name = "predictor"

    def __init__(self, config: PredictorConfig, model: ModelConfig, processes: Processes) -> None:
        self.config = config
        self.analysis = place(Analysis(model), config.device)
        self.analysis.requires_grad_(False)
        self.coder = coder = place(TrainedModel(model), config.device)
        coder.steps.requires_grad_(False)  # analysis and synthesis were trained for these
        self.models = nn.ModuleDict({"coder": coder})
        self.trained = [parameter for parameter in coder.parameters() if parameter.requires_grad]
        self.dead_zones = sender_dead_zones(config.device)
        store = FrameStore(config.cache_dir)

        def make(generators: StepGenerators) -> Tensor:
            scenes = [sample_scene(store, config.crop, config.frames, rng) for rng in generators.samples]
            return to_unit(np.stack(scenes))

        self.batches = Prefetcher(
            make, seed=config.seed, batch=config.batch, rank=processes.rank, workers=config.workers
        )

    def load(self, stills: dict[str, Tensor]) -> None:
        """Start from the stills stage's averaged weights."""
        self.analysis.load_state_dict(part_of(stills, "analysis."))
        self.coder.load_state_dict(part_of(stills, "coder."))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch of scenes frame by frame; return the mean bits per pixel."""
        self.coder.set_exact(progress >= self.config.exact_after)
        scenes = self.batches.next().to(self.config.device)  # [B, T, 3, H, W]
        q = self._qualities(*scenes.shape[:2])
        latents = (
            integer_latents(self.analysis, rgb, quality, bf16=self.config.bf16)
            for rgb, quality in zip(scenes.unbind(1), q, strict=True)
        )
        bpp: list[Tensor] = []
        for coded in code_frames(self.coder, latents, q, self.dead_zones):
            bits = symbol_bits(coded.symbols, coded.row).sum(dim=(1, 2, 3))
            bpp.append((bits / (scenes.shape[3] * scenes.shape[4])).mean())
        inter = torch.stack(bpp[1:]).mean()
        loss = KEYFRAME_WEIGHT * bpp[0] + inter
        return loss, {"key_bpp": float(bpp[0].detach()), "inter_bpp": float(inter.detach())}

    def _qualities(self, count: int, frames: int) -> list[Tensor]:
        """Return q [B] for every frame."""
        device = self.config.device
        q = torch.rand(count, device=device)
        changing = (torch.rand(count, device=device) < QUALITY_CHANGE_SHARE).float()
        drift = [changing * 0.2 * torch.randn(count, device=device) for _ in range(frames)]
        return [(q + change).clamp(0, 1) for change in drift]


def sender_dead_zones(device: str) -> Tensor:
    """Return the dead zones that the sender quantises with, by scale row [64]."""
    return dead_zones(EntropyTables(gaussian_tables())).to(device)


@torch.no_grad()
def integer_latents(analysis: Analysis, rgb: Tensor, q: Tensor, *, bf16: bool) -> Tensor:
    """Map rgb [B, 3, H, W] at qualities q [B] to latents in whole units of 1/64, as the sender does."""
    rgb = rgb.contiguous(memory_format=torch.channels_last)
    with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
        y = analysis(rgb, analysis.gain(q))
    return to_units(y.float())


def code_frames(
    coder: TrainedModel, latents: Iterable[Tensor], qualities: Iterable[Tensor], dead_zones: Tensor
) -> Iterator[CodedLatents]:
    """Code the frames of a batch of scenes as a stream does: a keyframe, then each from the two before it.

    Args:
        coder: quantiser steps and predictor.
        latents: of each frame, [B, C, h, w] in whole units of 1/64.
        qualities: of each frame, q [B].
        dead_zones: of the sender, by scale row.
    """
    state: ReferenceState | None = None
    for y, q in zip(latents, qualities, strict=True):
        state = state or ReferenceState.empty(y.shape, y.device)
        coded: CodedLatents = coder(y, q, state, dead_zones)
        yield coded
        # Detached: a gradient through a whole scene would take its length in memory.
        state = state.advanced(coded.y_hat.detach())
