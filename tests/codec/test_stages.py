"""Tests of codec/stages.py: which stages the encoders and decoders end."""

from __future__ import annotations

import pytest

from narrowcast import codec
from narrowcast.codec.stages import CodingStage, Staged, ignore_stage
from tests.codec.picture_samples import camera_like
from tests.codec.tiny_model import tiny_decoder, tiny_encoder


def test_the_latent_codec_ends_each_stage_that_either_side_has() -> None:
    encoder, decoder = tiny_encoder(64, 64), tiny_decoder(64, 64)
    ended: list[CodingStage] = []
    for staged in (encoder, decoder):
        timed: Staged = staged
        timed.on_stage = ended.append
    for seed in (0, 1):
        decoder.decode(encoder.encode(camera_like(64, 64, seed=seed)).payload)
    assert set(ended) == set(CodingStage) - {CodingStage.BASE}


def test_the_hybrid_codec_ends_the_stages_of_its_base_layer() -> None:
    encoder = codec.create_encoder("hybrid", width=64, height=64)
    ended: list[CodingStage] = []
    encoder.on_stage = ended.append  # type: ignore[attr-defined]
    encoder.encode(camera_like(64, 64))
    assert ended == [CodingStage.BASE]


@pytest.mark.parametrize("stage", CodingStage)
def test_nothing_is_measured_unless_asked(stage: CodingStage) -> None:
    ignore_stage(stage)
    assert tiny_encoder(64, 64).on_stage is ignore_stage
