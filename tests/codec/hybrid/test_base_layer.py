"""Tests of codec/hybrid/base_layer.py with the real encoders: one picture in, one picture out, no delay."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import BackendError, BitstreamError
from narrowcast.codec.hybrid import stall
from narrowcast.codec.hybrid.base_format import (
    AV1,
    BASE_FORMATS,
    H264,
    SCALES,
    BaseFormat,
    installed_formats,
    scaled_size,
)
from narrowcast.codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from narrowcast.codec.hybrid.stall import StalledEncoderError
from tests.codec.sequences import moving

WIDTH, HEIGHT = 160, 96


def mse(a: Rgb, b: Rgb) -> float:
    return float(np.square(a.astype(np.float64) - b).mean())


@pytest.fixture(params=BASE_FORMATS, ids=lambda base: base.name)
def base(request: pytest.FixtureRequest) -> BaseFormat:
    found: BaseFormat = request.param
    if found not in installed_formats():
        pytest.skip(f"this PyAV has no {found.encoder}")
    return found


def test_each_packet_gives_the_picture_that_went_in(base: BaseFormat) -> None:
    encoder = BaseEncoder(base, WIDTH, HEIGHT, crf=base.crf_best, scale=0)
    decoder = BaseDecoder(base, (WIDTH, HEIGHT))
    pictures = moving(WIDTH, HEIGHT, 8)
    for index, rgb in enumerate(pictures):
        packet = encoder.encode(rgb, keyframe=index == 0)
        out = decoder.decode(packet, (WIDTH, HEIGHT))
        distances = [mse(out, picture) for picture in pictures]
        assert int(np.argmin(distances)) == index  # not the one before: the delay is zero frames
        assert distances[index] < 60


@pytest.mark.parametrize("scale", range(len(SCALES)))
def test_a_smaller_base_picture_is_shown_at_full_size(base: BaseFormat, scale: int) -> None:
    encoder = BaseEncoder(base, WIDTH, HEIGHT, crf=base.crf_best, scale=scale)
    size = scaled_size(WIDTH, HEIGHT, scale)
    rgb = moving(WIDTH, HEIGHT, 1)[0]
    out = BaseDecoder(base, size).decode(encoder.encode(rgb, keyframe=True), (WIDTH, HEIGHT))
    assert out.shape == rgb.shape
    assert mse(out, rgb) < 400


def test_a_keyframe_comes_when_asked_for_and_starts_a_fresh_decoder(base: BaseFormat) -> None:
    encoder = BaseEncoder(base, WIDTH, HEIGHT, crf=40, scale=0)
    sizes = []
    for index, rgb in enumerate(moving(WIDTH, HEIGHT, 6)):
        packet = encoder.encode(rgb, keyframe=index in (0, 4))
        sizes.append(len(packet))
        if index == 4:
            assert BaseDecoder(base, (WIDTH, HEIGHT)).decode(packet, (WIDTH, HEIGHT)).shape == rgb.shape
    assert sizes[4] > 2 * max(sizes[1:4])


def test_the_worst_quantiser_takes_the_fewest_bits(base: BaseFormat) -> None:
    rgb = moving(WIDTH, HEIGHT, 1)[0]
    coarse, fine = (
        len(BaseEncoder(base, WIDTH, HEIGHT, crf=crf, scale=0).encode(rgb, keyframe=True))
        for crf in (base.crf_worst, base.crf_best)
    )
    assert coarse < fine / 2


def test_damaged_packets_raise_and_a_fresh_decoder_goes_on(base: BaseFormat) -> None:
    rgb = moving(WIDTH, HEIGHT, 1)[0]
    packet = BaseEncoder(base, WIDTH, HEIGHT, crf=40, scale=0).encode(rgb, keyframe=True)
    for broken in (b"\0" * 40, bytes(reversed(packet)), packet[:6]):
        with pytest.raises(BitstreamError):
            BaseDecoder(base, (WIDTH, HEIGHT)).decode(broken, (WIDTH, HEIGHT))
    assert BaseDecoder(base, (WIDTH, HEIGHT)).decode(packet, (WIDTH, HEIGHT)).shape == rgb.shape


def test_a_picture_of_another_size_than_announced_is_refused(base: BaseFormat) -> None:
    rgb = moving(WIDTH, HEIGHT, 1)[0]
    packet = BaseEncoder(base, WIDTH, HEIGHT, crf=40, scale=0).encode(rgb, keyframe=True)
    with pytest.raises(BitstreamError, match=f"its pictures are {WIDTH}x{HEIGHT}; 64x64 was announced"):
        BaseDecoder(base, (64, 64)).decode(packet, (64, 64))


def test_an_encoder_that_cannot_open_says_so() -> None:
    with pytest.raises(BackendError, match="cannot code"):
        BaseEncoder(AV1, 640, 360, crf=200, scale=0)


@pytest.mark.parametrize("scale", [0, 2])
def test_a_picture_comes_where_it_is_wanted(scale: int) -> None:
    packet = BaseEncoder(AV1, WIDTH, HEIGHT, crf=40, scale=scale).encode(
        moving(WIDTH, HEIGHT, 1)[0], keyframe=True
    )
    coded = scaled_size(WIDTH, HEIGHT, scale)
    out = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    assert BaseDecoder(AV1, coded).decode(packet, (WIDTH, HEIGHT), out) is out
    np.testing.assert_array_equal(out, BaseDecoder(AV1, coded).decode(packet, (WIDTH, HEIGHT)))


def test_an_encoder_of_ffmpegs_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = BaseEncoder(H264, WIDTH, HEIGHT, crf=30, scale=0)
    released = threading.Event()

    class Hanging:
        name = "libx264"

        def encode(self, frame: object) -> list[object]:
            released.wait(10)
            return []

    monkeypatch.setattr(stall, "STALL_S", 0.05)
    monkeypatch.setattr(encoder._ffmpeg, "_context", Hanging())
    with pytest.raises(StalledEncoderError, match="libx264 gave no packet"):
        encoder.encode(moving(WIDTH, HEIGHT, 1)[0], keyframe=True)
    released.set()
