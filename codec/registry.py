"""Makes encoders and decoders by name; what a codec needs is loaded when it is first asked for."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from codec.api import CodecInfo, Decoder, Encoder
from codec.classic.codecs import ClassicDecoder, ClassicEncoder, classic_codecs
from codec.errors import BackendError, UnknownCodecError, WeightsError
from codec.frame_size import check_size, latent_size
from codec.hybrid.base_layer import installed_formats
from codec.names import AUTO, GAN, HYBRID, Device, Restore

if TYPE_CHECKING:
    from codec.backends import Backend
    from codec.hybrid.base_speed import BaseChoice

logger = logging.getLogger(__name__)

PAIR = GAN, HYBRID
"""What auto picks from."""

RESTORE = get_args(Restore)

DEFAULT_THREADS = 2
"""Threads of the networks on a CPU, unless told otherwise; more only pays for large pictures."""


def available_codecs() -> tuple[CodecInfo, ...]:
    """Return every codec that this installation can encode and decode; WeightsError on damaged weights."""
    from codec.checkpoint import load_manifest

    model_id = load_manifest().model_id
    learned = [CodecInfo(name=GAN, model_id=model_id)]
    if installed_formats():  # of the base layer
        learned += [CodecInfo(name=HYBRID, model_id=""), CodecInfo(name=AUTO, model_id=model_id)]
    classic = [CodecInfo(name=name, model_id="", keyframes_only=True) for name in classic_codecs()]
    return (*learned, *classic)


def create_encoder(
    name: str, *, width: int, height: int, device: str = "auto", threads: int | None = None
) -> Encoder:
    """Make the encoder of one stream.

    Args:
        name: gan, hybrid, auto (picks one of these two), jpeg, png, webp, avif, huffman or lzw;
            UnknownCodecError otherwise.
        width: pixels, 64 to 3840; FrameSizeError otherwise.
        height: pixels, 64 to 2160; FrameSizeError otherwise.
        device: auto (CUDA where there is one, else the fastest on this CPU), cpu or cuda; BackendError
            where the machine has none.
        threads: of the networks on a CPU; None picks.
    """
    check_size(width, height)
    if name == AUTO:
        from codec.auto import AutoEncoder

        both = {
            n: create_encoder(n, width=width, height=height, device=device, threads=threads) for n in PAIR
        }
        return AutoEncoder(both, first=HYBRID)
    if name == HYBRID:
        return _hybrid_encoder(width, height, threads)
    if name != GAN:
        return ClassicEncoder(_known(name), width, height)
    from codec.checkpoint import load_analysis, load_exact
    from codec.latent.encoder import GanEncoder
    from codec.latent.networks import AnalysisNetwork

    backend = _backend(device, threads)
    rows, columns = latent_size(width, height)
    network = AnalysisNetwork(load_analysis(), backend, 16 * rows, 16 * columns)
    exact = load_exact().use(backend, rows, columns)
    return GanEncoder(network, exact, width=width, height=height)


def create_decoder(
    name: str,
    *,
    width: int,
    height: int,
    device: str = "auto",
    threads: int | None = None,
    weights: Path | None = None,
    restore: str = "always",
) -> Decoder:
    """Make the decoder of one stream; arguments and errors as for create_encoder.

    `weights` is a folder with another generator, as training writes it; None takes the one that comes with
    the package. WeightsError where it does not fit. `restore`, one of RESTORE, says when hybrid's generator
    runs: "always", "never" (the base layer's picture is shown), "auto" (where it keeps up with a stream).
    """
    check_size(width, height)
    if restore not in RESTORE:
        raise ValueError(f"restore is {restore!r}; it may be {', '.join(RESTORE)}")
    if name == AUTO:
        from codec.auto import AutoDecoder
        from codec.checkpoint import RESTORATION

        gan = create_decoder(GAN, width=width, height=height, device=device, threads=threads, weights=weights)
        # A folder that training has written may hold the latent codec's generator alone.
        restored = weights if weights is not None and (weights / RESTORATION).exists() else None
        return AutoDecoder(gan, _hybrid_decoder(width, height, device, threads, restored, restore))
    if name == HYBRID:
        return _hybrid_decoder(width, height, device, threads, weights, restore)
    if name != GAN:
        if weights is not None:
            raise WeightsError(f"{name} has no generator that could be exchanged; leave the weights out")
        return ClassicDecoder(_known(name), width, height)
    from codec.checkpoint import SHIPPED, load_exact, load_synthesis
    from codec.latent.decoder import GanDecoder
    from codec.latent.networks import SynthesisNetwork

    backend = _backend(device, threads)
    rows, columns = latent_size(width, height)
    folder = weights or SHIPPED
    network = SynthesisNetwork(load_synthesis(folder), backend, rows, columns)
    exact = load_exact(folder).use(backend, rows, columns)
    return GanDecoder(network, exact, width=width, height=height)


def _hybrid_encoder(width: int, height: int, threads: int | None) -> Encoder:
    from codec.hybrid.encoder import HybridEncoder

    threads = _cpu_threads(threads)
    return HybridEncoder(_base_choice(width, height, threads), width=width, height=height, threads=threads)


@cache
def _base_choice(width: int, height: int, threads: int) -> BaseChoice:
    """Measure once a size: every stream of a process then has the same base layer."""
    from codec.hybrid.base_speed import choose_base

    return choose_base(width, height, threads)


def _hybrid_decoder(
    width: int, height: int, device: str, threads: int | None, weights: Path | None, restore: str
) -> Decoder:
    from codec.checkpoint import SHIPPED, load_restoration
    from codec.hybrid.decoder import HybridDecoder, RestorationNetwork
    from codec.hybrid.restoration import STRIDE

    if restore == "never":
        return HybridDecoder(None, width=width, height=height, threads=_cpu_threads(threads))
    try:
        restoration = load_restoration(weights or SHIPPED)
    except WeightsError as error:
        if weights is not None:
            raise
        logger.warning("%s; showing the base layer's picture as it is", error)
        return HybridDecoder(None, width=width, height=height, threads=_cpu_threads(threads))
    padded = (-(-side // STRIDE) * STRIDE for side in (height, width))
    network = RestorationNetwork(restoration, _backend(device, threads), *padded)
    live = restore == "auto"
    return HybridDecoder(network, width=width, height=height, threads=_cpu_threads(threads), live=live)


def _cpu_threads(threads: int | None) -> int:
    return threads or min(DEFAULT_THREADS, os.cpu_count() or 1)


def backend_name(device: str = "auto", threads: int | None = None) -> str:
    """Say where the networks run: torch-cpu, torch-cuda or openvino-cpu; BackendError as create_encoder."""
    return _backend(device, threads).name


def _known(name: str) -> str:
    if name not in classic_codecs():
        names = GAN, HYBRID, AUTO, *classic_codecs()
        raise UnknownCodecError(f"no codec {name!r}; choose one of {', '.join(names)}")
    return name


def _backend(device: str, threads: int | None) -> Backend:
    """Pick where the float networks run."""
    import torch

    from codec.backends import OpenVinoBackend, TorchBackend

    if device == "cuda" or (device == "auto" and torch.cuda.is_available()):
        if not torch.cuda.is_available():
            raise BackendError(
                "no CUDA device; use --device cpu, or install the CUDA build of torch (see README)"
            )
        return TorchBackend("cuda")
    if device not in ("auto", "cpu"):
        raise BackendError(f"device {device!r}; choose one of {', '.join(get_args(Device))}")
    threads = _cpu_threads(threads)
    if os.environ.get(BACKEND_VARIABLE) != "torch":
        try:
            backend = OpenVinoBackend(cache_dir(), threads)
            torch.set_num_threads(1)  # what is left for torch is small
            return backend
        except BackendError as error:
            _say_once(str(error))
    torch.set_num_threads(threads)
    return TorchBackend("cpu")


BACKEND_VARIABLE = "NARROWCAST_CPU_BACKEND"
"""Set to "torch" to leave OpenVINO out (it is faster, and holds its speed when cores are shared)."""


@cache
def _say_once(text: str) -> None:
    logger.warning("%s; going on with torch", text)


def cache_dir() -> Path:
    """Return the folder for converted networks."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "narrowcast"
