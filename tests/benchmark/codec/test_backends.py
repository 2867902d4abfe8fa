"""The variants of computing the codec: the same payloads and pictures, whatever the memory's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.benchmark.codec.backends import make_decoder, make_encoder, variants_here
from tests.benchmark.bench_samples import HEIGHT, WIDTH, make_clip
from tests.codec.tiny_model import save_tiny_model


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path)


def test_torch_is_always_there_and_the_default_comes_first() -> None:
    names = [variant.name for variant in variants_here(1)]
    assert names[-3:] == ["torch, 1 thread", "torch, 2 threads", "torch, 2 threads, plain order"]
    assert torch.cuda.is_available() == (names[0] == "cuda")


def test_what_one_variant_codes_another_decodes(weights: Path) -> None:
    one, _, plain = [variant for variant in variants_here(1) if variant.name.startswith("torch")]
    payload = make_encoder(one, WIDTH, HEIGHT, weights).encode(make_clip(1).frames[0], quality=0.5).payload
    pictures = [make_decoder(variant, WIDTH, HEIGHT, weights).decode(payload) for variant in (one, plain)]
    assert pictures[0].shape == (HEIGHT, WIDTH, 3)
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1
    grey = make_decoder(plain, WIDTH, HEIGHT, weights, latents_only=True).decode(payload)
    assert grey.min() == grey.max() == 128
