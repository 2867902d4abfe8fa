"""The latent codec's transform beside the DCT: what it makes of the same bits, and what its latents paint."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from narrowcast.codec import Rgb
from narrowcast.codec.backends import TorchBackend
from narrowcast.codec.latent.config import Q_LEVELS, STRIDE
from narrowcast.codec.latent.networks import SynthesisNetwork
from narrowcast.codec.latent.weights import load_synthesis
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.codec.metrics.realism import realism
from narrowcast.codec.registry import create_decoder, create_encoder
from narrowcast.lab.transforms.dct import at_bits, block_dct, inverse_block_dct, to_picture, to_planes

QUALITIES = (0.1, 0.4, 0.8)
IMPULSE = 3.0
"What one latent is set to, in units of the network's own: large enough to be seen."
CELLS = 5
"Latents a side around the one that is set: what it paints fades within them."


@dataclass(frozen=True, kw_only=True, eq=False)
class EqualBits:
    """One codec's picture at about as many bits as the others'."""

    codec: str
    quality: float
    "of the latent codec whose bits are the measure"
    payload_bytes: float
    picture: Rgb
    psnr: float
    realism: float
    "the shipped discriminator's opinion: 1 as camera pictures, 0 as coarsely coded ones"


def equal_bits(rgb: Rgb, threads: int) -> list[EqualBits]:
    """Code a picture with the latent codec; then with the DCT and with JPEG in as many bytes."""
    height, width = rgb.shape[:2]
    encoder = create_encoder("gan", width=width, height=height, threads=threads)
    decoder = create_decoder("gan", width=width, height=height, threads=threads)
    found = []
    blocks = block_dct(to_planes(rgb))
    for quality in QUALITIES:
        payload = encoder.encode(rgb, quality=quality, keyframe=True).payload
        quantised, bits = at_bits(blocks, 8.0 * len(payload))
        file, jpeg = _jpeg_of(rgb, len(payload))
        pictures: list[tuple[str, float, Rgb]] = [
            ("learned transform (gan)", len(payload), decoder.decode(payload)),
            ("DCT, ideal entropy coder", bits / 8, to_picture(inverse_block_dct(quantised))),
            ("JPEG file", file, jpeg),
        ]
        for name, size, picture in pictures:
            found.append(
                EqualBits(
                    codec=name,
                    quality=quality,
                    payload_bytes=size,
                    picture=picture,
                    psnr=psnr(rgb, [picture])[0],
                    realism=realism(picture),
                )
            )
    return found


def _jpeg_of(rgb: Rgb, size: int) -> tuple[int, Rgb]:
    """The finest JPEG file of at most so many bytes, or the coarsest there is."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    best: NDArray[np.uint8] | None = None
    for quality in range(1, 101):
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])[1]
        if best is not None and data.size > size:
            break
        best = np.asarray(data, np.uint8)
    assert best is not None
    bgr = np.asarray(cv2.imdecode(best, cv2.IMREAD_COLOR), np.uint8)
    return best.size, np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


@torch.inference_mode()
def impulse_responses(count: int) -> NDArray[np.float64]:
    """What each of the first `count` latents paints by itself, [count, 80, 80, 3] in [0, 1] around 0.

    The synthesis is no linear map, so these are not all that there is to it; a DCT's patterns are.
    """
    synthesis = load_synthesis()
    channels = synthesis.stem.in_channels
    network = SynthesisNetwork(synthesis, TorchBackend("cpu"), CELLS, CELLS)
    nothing = network(torch.zeros(1, channels, CELLS, CELLS), Q_LEVELS - 1)
    found = []
    for channel in range(count):
        latents = torch.zeros(1, channels, CELLS, CELLS)
        latents[0, channel, CELLS // 2, CELLS // 2] = IMPULSE
        painted = network(latents, Q_LEVELS - 1) - nothing
        found.append(painted[0].permute(1, 2, 0).double().numpy())
    assert found[0].shape[0] == CELLS * STRIDE
    return np.stack(found)
