"""The exact half of the latent codec: what sender and receiver compute alike, bit for bit.

Tables indexed by quality level and the frozen predictor, which the coding passes (passes.py) run on.
"""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from narrowcast.codec.backends import Backend, TorchBackend
from narrowcast.codec.errors import BitstreamError, WeightsError
from narrowcast.codec.latent.compiled_passes import proven_passes
from narrowcast.codec.latent.config import Q_LEVELS, Y_UNIT, ModelConfig
from narrowcast.codec.latent.entropy import EntropyTables, gaussian_tables
from narrowcast.codec.latent.integer import AccumulatorOverflowError, ExactConv2d, TrainedConv2d
from narrowcast.codec.latent.passes import CodingPasses, FrameConditions, ResidualCoder
from narrowcast.codec.latent.predictor import Predictor
from narrowcast.codec.latent.reference import Phase, ReferenceState
from narrowcast.codec.latent.trained import TrainedModel

MODEL_ID_DIGITS = 16


class ExactModel(nn.Module):
    """Integer tables and predictor; `model_id` hashes them."""

    steps: Tensor
    entry: Tensor
    rows: Tensor
    counts: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        latents, width = config.latent_channels, config.predictor_channels
        self.config = config
        self.predictor = Predictor(config, conv=ExactConv2d)
        self.register_buffer("steps", torch.ones(Q_LEVELS, latents, dtype=torch.int16))
        self.register_buffer("entry", torch.zeros(len(Phase), Q_LEVELS, width, dtype=torch.int16))
        self.register_buffer("rows", torch.zeros(len(Phase), Q_LEVELS, latents, dtype=torch.int16))
        self.register_buffer("counts", torch.from_numpy(gaussian_tables()))
        self.tables: EntropyTables | None = None
        self._passes: CodingPasses | None = None

    @staticmethod
    @torch.no_grad()
    def from_trained(trained: TrainedModel, config: ModelConfig) -> ExactModel:
        """Round a trained model to its integers; AccumulatorOverflowError where one cannot be exact."""
        model = ExactModel(config)
        state = {
            f"predictor.{name}.{part}": value
            for name, layer in trained.predictor.named_modules()
            if isinstance(layer, TrainedConv2d)
            for part, value in layer.integers().items()
        }
        q = torch.arange(Q_LEVELS) / (Q_LEVELS - 1)
        state["steps"] = (Y_UNIT * trained.steps(q)[:, :, 0, 0]).round().clamp(1, 32767).to(torch.int16)
        tables = [trained.conditions(phase, q) for phase in Phase]
        for name, index in (("entry", 0), ("rows", 1)):
            values = torch.stack([pair[index][:, :, 0, 0] for pair in tables])
            state[name] = torch.floor(values + 0.5).clamp(-32768, 32767).to(torch.int16)
        state["counts"] = torch.from_numpy(gaussian_tables())
        model.load_state_dict(state)
        return model

    @property
    def model_id(self) -> str:
        """Hash of every shared integer: equal on two machines exactly when they can talk."""
        digest = hashlib.sha256()
        for name, value in sorted(self.state_dict().items()):
            array = value.cpu().numpy()
            digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
            digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
        return digest.hexdigest()[:MODEL_ID_DIGITS]

    def prepare(self) -> None:
        """Fold the integers for use and prove that every sum is exact; WeightsError on broken tables."""
        try:
            for module in self.modules():
                if isinstance(module, ExactConv2d):
                    module.fold()
            self.tables = EntropyTables(self.counts.cpu().numpy())
        except (AccumulatorOverflowError, BitstreamError, ValueError) as error:
            raise WeightsError(f"the weights cannot be used ({error}); install narrowcast again") from error
        if int(self.steps.min()) < 1:
            raise WeightsError("quantiser steps below 1 in the weights file; install it again")

    def compile_for(self, backend: Backend, height: int, width: int) -> ExactModel:
        """Compile the predictor for latents of this size; torch runs it unless this is called."""
        self.to(backend.device)
        with torch.inference_mode():
            self._passes = proven_passes(self.predictor, self.config, backend, height, width)
        return self

    def conditions(self, phase: Phase, q_level: int) -> FrameConditions:
        """Look up what a frame of this phase and quality level is coded with."""
        return FrameConditions(
            step=self.step(q_level),
            entry=self.entry[phase, q_level].float()[None, :, None, None],
            rows=self.rows[phase, q_level].float()[None, :, None, None],
            keyframe=phase == Phase.KEYFRAME,
        )

    def step(self, q_level: int) -> Tensor:
        """Return the quantiser step of a quality level, units of 1/64 [1, C, 1, 1]."""
        return self.steps[q_level].float()[None, :, None, None]

    @torch.inference_mode()
    def code(self, state: ReferenceState, q_level: int, residuals: ResidualCoder) -> Tensor:
        """Return a frame's y_hat [1, C, h, w]; `residuals` quantises (sender) or reads (receiver)."""
        if self._passes is None:
            self.compile_for(TorchBackend(state.reference_1.device.type), *state.reference_1.shape[2:])
        assert self._passes is not None
        return self._passes.code(state, self.conditions(state.phase, q_level), residuals)
