"""The golden bitstream: both decoders read it to the same latents, and it is written again byte for byte.

Where one of these fails and the bitstream was meant to change: a new version in codec/latent/header.py, a
line in CHANGELOG.md, docs/bitstream.md, and `python -m tests.golden.make`.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file as load_numpy
from safetensors.torch import load_file

from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.reference import checksum
from narrowcast.codec.names import Entropy
from tests.codec.reference_decoder import ReferenceDecoder
from tests.codec.tiny_model import TINY
from tests.golden import make

FOLDER = Path(make.__file__).parent


@dataclass(frozen=True)
class Frame:
    """A line of stream.json."""

    note: str
    payload: bytes
    latents_crc32: int


FRAMES = {
    entropy: [
        Frame(record["note"], bytes.fromhex(record["payload"]), record["latents_crc32"])
        for record in json.loads((FOLDER / name).read_text())["frames"]
    ]
    for entropy, name in make.STREAMS.items()
}


class LatentRecorder:
    """A synthesis that paints nothing and keeps the latents it was given."""

    def __init__(self) -> None:
        self.latents = torch.zeros(0)

    def __call__(self, y_hat: torch.Tensor, q_level: int) -> torch.Tensor:
        self.latents = y_hat * 64
        return torch.zeros(1, 3, 64, 80)


@pytest.fixture(scope="module")
def model() -> ExactModel:
    exact = ExactModel(TINY)
    exact.load_state_dict(load_file(FOLDER / "model.safetensors"))
    exact.prepare()
    return exact


def test_the_model_id_is_the_golden_one(model: ExactModel) -> None:
    assert model.model_id == json.loads((FOLDER / "stream.json").read_text())["model_id"]


@pytest.mark.parametrize("entropy", FRAMES)
def test_the_decoder_reads_the_golden_latents(model: ExactModel, entropy: Entropy) -> None:
    recorder = LatentRecorder()
    decoder = LatentDecoder(recorder, model, width=make.WIDTH, height=make.HEIGHT)  # type: ignore[arg-type]
    for frame in FRAMES[entropy]:
        picture = decoder.decode(frame.payload)
        assert picture.shape == (make.HEIGHT, make.WIDTH, 3)
        if "skip" not in frame.note or "after" in frame.note:
            assert checksum(recorder.latents) == frame.latents_crc32, frame.note


@pytest.mark.parametrize("entropy", FRAMES)
def test_a_decoder_written_from_the_document_reads_the_golden_latents(entropy: Entropy) -> None:
    weights = {
        name: value.astype(np.int64) for name, value in load_numpy(FOLDER / "model.safetensors").items()
    }
    decoder = ReferenceDecoder(weights)
    for frame in FRAMES[entropy]:
        y_hat = decoder.decode(frame.payload)
        assert zlib.crc32(y_hat.astype("<i2").tobytes()) == frame.latents_crc32, frame.note


@pytest.mark.parametrize("entropy", FRAMES)
def test_the_same_latents_are_coded_to_the_same_bytes(model: ExactModel, entropy: Entropy) -> None:
    latents = load_file(FOLDER / "latents.safetensors")["latents"]
    records = make.code_stream(model, latents, entropy)
    assert [record["payload"] for record in records] == [frame.payload.hex() for frame in FRAMES[entropy]]
    assert [record["latents_crc32"] for record in records] == [
        frame.latents_crc32 for frame in FRAMES[entropy]
    ]
