"""Tests of codec/classic/codecs.py: every offered picture codec, with the real libraries."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from narrowcast.codec.api import Decoder, Encoder, Rgb
from narrowcast.codec.classic.codecs import ClassicDecoder, ClassicEncoder, classic_codecs
from narrowcast.codec.errors import BitstreamError, FrameSizeError, UnknownCodecError
from tests.codec.picture_samples import camera_like, mutations

LOSSLESS = {"png", "huffman", "lzw"}
LOSSY = [name for name in classic_codecs() if name not in LOSSLESS]
EVERY = list(classic_codecs())


def _psnr(a: Rgb, b: Rgb) -> float:
    return float(cv2.PSNR(a, b))


def test_offers_the_codecs_that_need_no_library_option() -> None:
    assert {"jpeg", "png", "huffman", "lzw"} <= set(classic_codecs())


def test_satisfies_the_codec_interface() -> None:
    encoder: Encoder = ClassicEncoder("jpeg", 64, 64)
    decoder: Decoder = ClassicDecoder("jpeg", 64, 64)
    assert decoder.decode(encoder.encode(camera_like(64, 64)).payload).shape == (64, 64, 3)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("size", [(64, 64), (161, 99), (320, 180)])
def test_round_trip(name: str, size: tuple[int, int]) -> None:
    picture = camera_like(*size)
    encoded = ClassicEncoder(name, *size).encode(picture, quality=0.9)
    decoded = ClassicDecoder(name, *size).decode(encoded.payload)
    assert encoded.keyframe and encoded.droppable
    assert decoded.dtype == np.uint8 and decoded.shape == picture.shape
    if name in LOSSLESS:
        assert np.array_equal(decoded, picture)
    else:
        assert _psnr(decoded, picture) > 28


@pytest.mark.parametrize("name", EVERY)
def test_colours_are_rgb_on_both_sides(name: str) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    decoded = ClassicDecoder(name, 64, 64).decode(ClassicEncoder(name, 64, 64).encode(red).payload)
    assert decoded[..., 0].mean() > 180 and decoded[..., 2].mean() < 25


@pytest.mark.parametrize("name", LOSSY)
def test_quality_buys_bits_and_fidelity(name: str) -> None:
    picture = camera_like(320, 180)
    encoder, decoder = ClassicEncoder(name, 320, 180), ClassicDecoder(name, 320, 180)
    payloads = [encoder.encode(picture, quality=quality).payload for quality in (0.0, 0.25, 0.5, 0.75, 1.0)]
    sizes = [len(payload) for payload in payloads]
    psnrs = [_psnr(decoder.decode(payload), picture) for payload in payloads]
    assert sizes == sorted(sizes) and sizes[-1] > 3 * sizes[0]
    assert psnrs[-1] > psnrs[2] > psnrs[0]


@pytest.mark.parametrize("name", LOSSY)
def test_quality_outside_its_range_is_the_nearest_one(name: str) -> None:
    picture, encoder = camera_like(64, 64), ClassicEncoder(name, 64, 64)
    assert encoder.encode(picture, quality=7.0).payload == encoder.encode(picture, quality=1.0).payload
    assert encoder.encode(picture, quality=-1.0).payload == encoder.encode(picture, quality=0.0).payload


@pytest.mark.parametrize("name", EVERY)
def test_a_picture_of_another_size_is_refused_by_both_sides(name: str) -> None:
    encoder = ClassicEncoder(name, 96, 64)
    with pytest.raises(FrameSizeError, match=r"\(64, 96, 3\)"):
        encoder.encode(camera_like(64, 96))
    with pytest.raises(FrameSizeError, match="float32"):
        encoder.encode(camera_like(96, 64).astype(np.float32))
    payload = encoder.encode(camera_like(96, 64)).payload
    with pytest.raises(BitstreamError, match="96x64, the stream is 64x96"):
        ClassicDecoder(name, 64, 96).decode(payload)


@pytest.mark.parametrize("name", EVERY)
def test_a_hostile_payload_decodes_to_the_announced_size_or_raises(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    payload = ClassicEncoder(name, 80, 64).encode(camera_like(80, 64)).payload
    decoder = ClassicDecoder(name, 80, 64)
    refused = 0
    for hostile in mutations(payload, 60):
        try:
            assert decoder.decode(hostile).shape == (64, 80, 3)
        except BitstreamError:
            refused += 1
    assert refused > 60, "cut payloads at least must be refused"
    assert np.array_equal(decoder.decode(payload).shape, (64, 80, 3))
    if name != "jpeg":  # libjpeg itself prints a line, which OpenCV does not let us turn off
        printed = capfd.readouterr()
        assert printed.out + printed.err == ""


def test_a_payload_larger_than_any_picture_is_refused() -> None:
    with pytest.raises(BitstreamError, match="expected 1 to"):
        ClassicDecoder("jpeg", 64, 64).decode(bytes(64 * 64 * 3 * 4 + 1))


def test_unknown_names_and_sizes_are_refused() -> None:
    with pytest.raises(UnknownCodecError, match="this installation has .*jpeg"):
        ClassicEncoder("mpeg2", 64, 64)
    with pytest.raises(FrameSizeError, match="size 63x64"):
        ClassicDecoder("png", 63, 64)
    with pytest.raises(FrameSizeError, match="size 3841x64"):
        ClassicEncoder("png", 3841, 64)
