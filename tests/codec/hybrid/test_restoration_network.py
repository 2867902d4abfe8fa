"""Tests of codec/hybrid/restoration_network.py: pictures in and out, its memory, and the warm-up."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.api import Rgb
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE
from narrowcast.codec.hybrid.header import BaseStream, HybridHeader
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork
from narrowcast.codec.stages import CodingStage
from tests.codec.sequences import moving
from tests.codec.tiny_restoration import tiny_network

WIDTH, HEIGHT = 96, 72  # 72 is no multiple of 16
STREAM = BaseStream(base=AV1, scale=FULL_SIZE, width=WIDTH, height=HEIGHT, detail=0.5)


@pytest.fixture
def network() -> RestorationNetwork:
    return tiny_network(WIDTH, HEIGHT)


def painted(network: RestorationNetwork, pictures: list[Rgb]) -> list[Rgb]:
    headers = [
        HybridHeader(counter=number, crf=40, stream=None if number else STREAM)
        for number in range(len(pictures))
    ]
    return [network.picture(rgb, STREAM, header) for rgb, header in zip(pictures, headers, strict=True)]


def test_a_picture_keeps_its_size_and_is_painted_on(network: RestorationNetwork) -> None:
    (rgb,) = moving(WIDTH, HEIGHT, 1)
    (shown,) = painted(network, [rgb])
    assert shown.shape == rgb.shape and shown.dtype == np.uint8
    assert not np.array_equal(shown, rgb)


def test_what_was_painted_before_matters_until_it_is_forgotten(network: RestorationNetwork) -> None:
    pictures = moving(WIDTH, HEIGHT, 2)
    _, second = painted(network, pictures)
    network.forget()
    (alone,) = painted(network, pictures[1:])
    assert not np.array_equal(second, alone)


def test_the_warm_up_leaves_nothing_in_the_memory(network: RestorationNetwork) -> None:
    pictures = moving(WIDTH, HEIGHT, 2)
    fresh = tiny_network(WIDTH, HEIGHT)
    network.warm_up()
    for ours, theirs in zip(painted(network, pictures), painted(fresh, pictures), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_its_stage_is_told(network: RestorationNetwork) -> None:
    stages: list[CodingStage] = []
    (rgb,) = moving(WIDTH, HEIGHT, 1)
    network.picture(rgb, STREAM, HybridHeader(counter=0, crf=40, stream=STREAM), stages.append)
    assert stages == [CodingStage.SYNTHESIS]
