"""Makes encoders and decoders by name; what a codec needs is loaded when it is first asked for."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from narrowcast.codec.api import Decoder, Encoder, check_size
from narrowcast.codec.errors import WeightsError
from narrowcast.codec.installed import has_torch, known_codec
from narrowcast.codec.names import (
    AUTO,
    DEFAULT_THREADS,
    HYBRID,
    LATENT,
    PICTURE_FILES,
    Entropy,
    OwnProcess,
    Restore,
)

if TYPE_CHECKING:
    from narrowcast.codec.decoder_process.process import DecoderProcess
    from narrowcast.codec.hybrid.preset_choice import BaseChoice
    from narrowcast.codec.hybrid.restoration_network import RestorationNetwork

logger = logging.getLogger(__name__)


def create_encoder(
    name: str,
    *,
    width: int,
    height: int,
    device: str = "auto",
    threads: int | None = None,
    entropy: str = "range",
) -> Encoder:
    """Make the encoder of one stream.

    Args:
        name: one of names.CODECS; UnknownCodecError otherwise, or where this installation lacks it.
        width: pixels, 64 to 3840; FrameSizeError otherwise.
        height: pixels, 64 to 2160; FrameSizeError otherwise.
        device: one of names.Device; BackendError where the machine has none.
        threads: of the networks on a CPU; None picks.
        entropy: one of names.Entropy, what codes the latent codec's symbols; ValueError otherwise, or with
            another codec than that.
    """
    check_size(width, height)
    threads = _cpu_threads(threads)
    coder = _entropy_coder(entropy, name)
    if known_codec(name) == LATENT:
        return _latent_encoder(width, height, device, threads, coder)
    if name == HYBRID:
        return _hybrid_encoder(width, height, threads)
    if name == AUTO:
        from narrowcast.codec.auto import AutoEncoder

        latent = _latent_encoder(width, height, device, threads)
        return AutoEncoder({LATENT: latent, HYBRID: _hybrid_encoder(width, height, threads)}, first=HYBRID)
    from narrowcast.codec.classic.codecs import ClassicEncoder

    return ClassicEncoder(name, width, height)


def create_decoder(
    name: str,
    *,
    width: int,
    height: int,
    device: str = "auto",
    threads: int | None = None,
    weights: Path | None = None,
    restore: str = "always",
    decoder_process: OwnProcess = "never",
) -> Decoder:
    """Make the decoder of one stream.

    Args:
        name: one of names.CODECS; this, sizes and device as in create_encoder, with the same errors.
        width: pixels.
        height: pixels.
        device: one of names.Device.
        threads: of the networks on a CPU; None picks.
        weights: folder with another generator, as training writes it; None takes the one that comes with
            the package. WeightsError where it does not fit.
        restore: one of names.Restore.
        decoder_process: auto: bytes from a peer meet FFmpeg, dav1d and OpenCV in a process of its own.
    """
    check_size(width, height)
    _check_choice("restore", restore, get_args(Restore))
    _check_choice("decoder_process", decoder_process, get_args(OwnProcess))
    threads = _cpu_threads(threads)
    if known_codec(name) == LATENT:
        return _latent_decoder(width, height, device, threads, weights)
    process = _decoder_process(name, width, height) if decoder_process == "auto" else None
    if name == HYBRID:
        return _hybrid_decoder(width, height, device, threads, weights, restore, process)
    if name == AUTO:
        from narrowcast.codec.auto import AutoDecoder
        from narrowcast.codec.hybrid.weights import MANIFEST

        latent = _latent_decoder(width, height, device, threads, weights)
        # A folder that training has written may hold the latent codec's generator alone.
        restored = weights if weights is not None and (weights / MANIFEST).exists() else None
        return AutoDecoder(
            latent, _hybrid_decoder(width, height, device, threads, restored, restore, process)
        )
    if weights is not None:
        raise WeightsError(f"{name} has no generator that could be exchanged; leave the weights out")
    return _classic_decoder(name, width, height, process)


def _check_choice(argument: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{argument} is {value!r}; it may be {', '.join(choices)}")


def _decoder_process(name: str, width: int, height: int) -> DecoderProcess | None:
    """Start a process for a codec with a native decoder; None and a warning where none starts."""
    if name not in (HYBRID, AUTO, *PICTURE_FILES):
        return None
    from narrowcast.codec.decoder_process.process import DecoderProcess

    try:
        return DecoderProcess(width, height)
    except OSError as error:
        logger.warning("no process starts for the decoder (%s); decoding in this one", error)
        return None


def _classic_decoder(name: str, width: int, height: int, process: DecoderProcess | None) -> Decoder:
    from narrowcast.codec.classic.codecs import ClassicDecoder
    from narrowcast.codec.decoder_process.decoders import ProcessPictureCodec

    own = ProcessPictureCodec(process, name) if process else None
    return ClassicDecoder(name, width, height, own)


def backend_name(device: str = "auto", threads: int | None = None) -> str:
    """Say where the networks run: torch-cpu, torch-cuda or openvino-cpu; BackendError as create_encoder."""
    if not has_torch():
        return "openvino-cpu"
    from narrowcast.codec.backends import choose_backend

    return choose_backend(device, _cpu_threads(threads)).name


def _entropy_coder(entropy: str, name: str) -> Entropy:
    """The entropy coder of this name, where the codec has a choice of them."""
    for known in get_args(Entropy):
        if entropy == known and (name == LATENT or entropy == "range"):
            return cast(Entropy, known)
    if entropy in get_args(Entropy):
        raise ValueError(f"{name} has an entropy coder of its own; {entropy} is for the codec {LATENT} only")
    raise ValueError(f"entropy is {entropy!r}; it may be {', '.join(get_args(Entropy))}")


def _latent_encoder(
    width: int, height: int, device: str, threads: int, entropy: Entropy = "range"
) -> Encoder:
    from narrowcast.codec.backends import choose_backend
    from narrowcast.codec.latent.config import STRIDE, latent_size
    from narrowcast.codec.latent.encoder import LatentEncoder
    from narrowcast.codec.latent.networks import AnalysisNetwork
    from narrowcast.codec.latent.weights import load_analysis, load_exact

    backend, (rows, columns) = choose_backend(device, threads), latent_size(width, height)
    network = AnalysisNetwork(load_analysis(), backend, STRIDE * rows, STRIDE * columns)
    exact = load_exact().compile_for(backend, rows, columns)
    return LatentEncoder(network, exact, width=width, height=height, entropy=entropy)


def _latent_decoder(width: int, height: int, device: str, threads: int, weights: Path | None) -> Decoder:
    from narrowcast.codec.backends import choose_backend
    from narrowcast.codec.latent.config import latent_size
    from narrowcast.codec.latent.decoder import LatentDecoder
    from narrowcast.codec.latent.networks import SynthesisNetwork
    from narrowcast.codec.latent.weights import load_exact, load_synthesis
    from narrowcast.codec.weights_file import SHIPPED

    backend, (rows, columns) = choose_backend(device, threads), latent_size(width, height)
    folder = weights or SHIPPED
    network = SynthesisNetwork(load_synthesis(folder), backend, rows, columns)
    exact = load_exact(folder).compile_for(backend, rows, columns)
    return LatentDecoder(network, exact, width=width, height=height)


def _hybrid_encoder(width: int, height: int, threads: int) -> Encoder:
    from narrowcast.codec.hybrid.encoder import HybridEncoder

    return HybridEncoder(_base_choice(width, height, threads), width=width, height=height, threads=threads)


@cache
def _base_choice(width: int, height: int, threads: int) -> BaseChoice:
    """Measure once a size: every stream of a process then has the same base layer."""
    from narrowcast.codec.hybrid.preset_choice import choose_base

    return choose_base(width, height, threads)


def _hybrid_decoder(
    width: int,
    height: int,
    device: str,
    threads: int,
    weights: Path | None,
    restore: str,
    process: DecoderProcess | None,
) -> Decoder:
    from narrowcast.codec.hybrid.decoder import HybridDecoder

    live = restore == "auto"
    load = partial(_restoration_network, width, height, device, threads, weights)
    network: RestorationNetwork | Future[RestorationNetwork | None] | None = None
    if live and weights is None:
        network = _in_background(load)  # it takes seconds, which base pictures do not wait for
    elif restore != "never":
        network = load()
    open_packet_decoder = None
    if process is not None:
        from narrowcast.codec.decoder_process.decoders import ProcessBaseDecoder

        open_packet_decoder = partial(ProcessBaseDecoder, process, threads=threads)
    return HybridDecoder(
        network,
        width=width,
        height=height,
        threads=threads,
        live=live,
        open_packet_decoder=open_packet_decoder,
        load=partial(_in_background, load),
    )


def _in_background(load: Callable[[], RestorationNetwork | None]) -> Future[RestorationNetwork | None]:
    loader = ThreadPoolExecutor(1, "generator")
    coming = loader.submit(load)
    loader.shutdown(wait=False)
    return coming


def _restoration_network(
    width: int, height: int, device: str, threads: int, weights: Path | None
) -> RestorationNetwork | None:
    """Load the generator and run it once; None and a warning where the package's own weights are missing."""
    from narrowcast.codec.preload import preload_library

    preload_library("openvino")
    from narrowcast.codec.hybrid.restoration_runner import load_network
    from narrowcast.codec.weights_file import SHIPPED

    try:
        return load_network(weights or SHIPPED, device, threads, width, height)
    except WeightsError as error:
        if weights is not None:
            raise
        logger.warning("%s; showing the base layer's picture as it is", error)
        return None


def _cpu_threads(threads: int | None) -> int:
    return threads or min(DEFAULT_THREADS, os.cpu_count() or 1)
