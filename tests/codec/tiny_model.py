"""A seeded, untrained model of a few channels: everything the shipped one does, in a millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from narrowcast.codec.backends import Backend, TorchBackend
from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import ModelConfig, latent_size
from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.codec.latent.encoder import LatentEncoder
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.integer import TrainedConv2d
from narrowcast.codec.latent.networks import AnalysisNetwork, SynthesisNetwork
from narrowcast.codec.latent.reference import ReferenceState
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.latent.trained import TrainedModel
from narrowcast.codec.latent.weights import save_model
from narrowcast.codec.names import Entropy

TINY = ModelConfig(
    latent_channels=8,
    wide_channels=16,
    fine_channels=8,
    detail_channels=4,
    analysis_fine_blocks=1,
    analysis_wide_blocks=1,
    synthesis_wide_blocks=1,
    synthesis_fine_blocks=1,
    predictor_channels=8,
    quality_knots=3,
)


@dataclass(frozen=True)
class TinyModel:
    """The three parts of a model, ready for use."""

    exact: ExactModel
    analysis: Analysis
    synthesis: Synthesis


def tiny_trained(config: ModelConfig = TINY, seed: int = 0, calm: bool = False) -> TrainedModel:
    """Return a coder whose every parameter, conditions and biases too, is something other than zero.

    It predicts wildly; a calm one predicts reference frame 1 and the rows of its conditions, nothing else.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        coder = TrainedModel(config)
        with torch.no_grad():
            coder.conditions.entry.normal_()
            coder.conditions.rows.normal_(FIRST_ROW, 0.3)
            coder.steps.log_knots.add_(0.2 * torch.randn_like(coder.steps.log_knots))
            for module in coder.modules():
                if isinstance(module, TrainedConv2d):
                    module.bias.normal_(0, 0.2)
            if calm:
                for head in (coder.predictor.first_head, coder.predictor.second_head):
                    for value in head.parameters():
                        value.zero_()
    return coder


FIRST_ROW = 1.5
"""In units of 16 rows: around row 24, sigma 1.3 steps."""


@cache
def tiny_model(seed: int = 0, calm: bool = False) -> TinyModel:
    """Return the model of a seed; one for all tests, nothing in it changes."""
    # Whoever asks first may be inside inference mode, but what is made there cannot be traced.
    with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TinyModel(tiny_exact(seed, calm), Analysis(TINY), Synthesis(TINY))


def save_tiny_model(folder: Path) -> Path:
    """Write the model's weights files; returns their folder."""
    model = tiny_model()
    save_model(folder, model.exact, model.analysis, model.synthesis)
    return folder


def tiny_exact(seed: int = 0, calm: bool = False) -> ExactModel:
    """Return the exact half of the model of a seed, a new one for every caller."""
    exact = ExactModel.from_trained(tiny_trained(seed=seed, calm=calm), TINY)
    exact.prepare()
    return exact


def tiny_encoder(
    width: int,
    height: int,
    *,
    calm: bool = False,
    backend: Backend | None = None,
    entropy: Entropy = "range",
) -> LatentEncoder:
    """Return an encoder with the tiny model."""
    model, (rows, columns) = tiny_model(calm=calm), latent_size(width, height)
    network = AnalysisNetwork(model.analysis, backend or TorchBackend("cpu"), 16 * rows, 16 * columns)
    exact = tiny_exact(calm=calm).compile_for(backend, rows, columns) if backend else model.exact
    return LatentEncoder(network, exact, width=width, height=height, entropy=entropy)


def tiny_decoder(
    width: int, height: int, *, calm: bool = False, backend: Backend | None = None
) -> LatentDecoder:
    """Return a decoder with the tiny model."""
    model, (rows, columns) = tiny_model(calm=calm), latent_size(width, height)
    network = SynthesisNetwork(model.synthesis, backend or TorchBackend("cpu"), rows, columns)
    exact = tiny_exact(calm=calm).compile_for(backend, rows, columns) if backend else model.exact
    return LatentDecoder(network, exact, width=width, height=height)


def state_of(coder: LatentEncoder | LatentDecoder) -> ReferenceState:
    """Return the stream state, which is nobody's business but a test's."""
    state = coder._state
    assert state is not None
    return state


def same_state(a: ReferenceState, b: ReferenceState) -> bool:
    """Tell whether two stream states are equal, latent for latent."""
    latents = torch.equal(a.reference_1, b.reference_1) and torch.equal(a.reference_2, b.reference_2)
    return latents and (a.phase, a.counter) == (b.phase, b.counter)
