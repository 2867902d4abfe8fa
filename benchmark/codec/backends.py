"""The variants of computing the learned codec that this machine has: backends, threads, memory formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from narrowcast.codec.backends import Backend, OpenVinoBackend, Runner, Shape, TorchBackend, cache_dir
from narrowcast.codec.errors import BackendError
from narrowcast.codec.latent.config import STRIDE, latent_size
from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.codec.latent.encoder import LatentEncoder
from narrowcast.codec.latent.networks import AnalysisNetwork, SynthesisNetwork
from narrowcast.codec.latent.weights import load_analysis, load_exact, load_synthesis


class LaidOutBackend:
    """Torch on the CPU with weights and tensors in one memory format."""

    def __init__(self, memory_format: torch.memory_format) -> None:
        self._inner = TorchBackend("cpu")
        self._memory_format = memory_format
        self.device = self._inner.device
        self.name = f"torch, {str(memory_format).removeprefix('torch.')}"

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        """Return the network's forward; its weights are laid out anew."""
        run = self._inner.runner(network, shapes, exact=exact)
        network.to(memory_format=self._memory_format)  # type: ignore[call-overload]

        def laid_out(*inputs: Tensor) -> tuple[Tensor, ...]:
            return run(*(tensor.contiguous(memory_format=self._memory_format) for tensor in inputs))

        return laid_out


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One variant of computing the codec."""

    name: str
    "as in the table"
    threads: int
    "of torch"
    make: Callable[[], Backend]
    "makes the backend anew"


def variants_here(threads: int) -> list[Variant]:
    """Return what this machine can do, the default of `--device auto` first."""
    plain, last = torch.contiguous_format, torch.channels_last
    variants = [
        Variant(name="torch, 1 thread", threads=1, make=lambda: LaidOutBackend(last)),
        Variant(name="torch, 2 threads", threads=2, make=lambda: LaidOutBackend(last)),
        Variant(name="torch, 2 threads, plain order", threads=2, make=lambda: LaidOutBackend(plain)),
    ]
    try:
        OpenVinoBackend(cache_dir(), threads)
        variants.insert(
            0, Variant(name="openvino", threads=1, make=lambda: OpenVinoBackend(cache_dir(), threads))
        )
    except BackendError:
        pass  # the table shows that it is not there
    if torch.cuda.is_available():
        variants.insert(0, Variant(name="cuda", threads=1, make=lambda: TorchBackend("cuda")))
    return variants


def make_encoder(variant: Variant, width: int, height: int, weights: Path) -> LatentEncoder:
    """Make an encoder of this variant; torch's threads are set for the whole process."""
    torch.set_num_threads(variant.threads)
    backend, (rows, columns) = variant.make(), latent_size(width, height)
    analysis = AnalysisNetwork(load_analysis(weights), backend, STRIDE * rows, STRIDE * columns)
    return LatentEncoder(
        analysis, load_exact(weights).compile_for(backend, rows, columns), width=width, height=height
    )


class NoSynthesis:
    """Paints a grey picture: where latents are compared, the synthesis would only take time."""

    def __init__(self, height: int, width: int) -> None:
        self._picture = torch.full((1, 3, height, width), 0.5)

    def __call__(self, y_hat: Tensor, q_level: int) -> Tensor:
        """Return the picture."""
        return self._picture


def make_decoder(
    variant: Variant, width: int, height: int, weights: Path, *, latents_only: bool = False
) -> LatentDecoder:
    """Make a decoder of this variant; inverse of make_encoder."""
    torch.set_num_threads(variant.threads)
    backend, (rows, columns) = variant.make(), latent_size(width, height)
    if latents_only:
        synthesis = cast(SynthesisNetwork, NoSynthesis(STRIDE * rows, STRIDE * columns))
    else:
        synthesis = SynthesisNetwork(load_synthesis(weights), backend, rows, columns)
    return LatentDecoder(
        synthesis, load_exact(weights).compile_for(backend, rows, columns), width=width, height=height
    )
