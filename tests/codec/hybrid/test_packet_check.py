"""Tests of packet_check.py: what the real encoders write passes, what asks a decoder for more is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.hybrid.base_format import AV1, BASE_FORMATS, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from narrowcast.codec.hybrid.packet_check import Av1Check, H264Check
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from tests.attacks.bombs import sps, with_sps
from tests.codec.sequences import moving

SIZE = WIDTH, HEIGHT = 160, 96
CHECKS: dict[BaseFormat, Callable[[], Av1Check | H264Check]] = {AV1: Av1Check, H264: H264Check}


def coded(base: BaseFormat, size: tuple[int, int] = SIZE, frames: int = 3, **options: int) -> list[bytes]:
    encoder = BaseEncoder(base, *size, crf=50 if base is AV1 else 30, scale=0, **options)
    return [encoder.encode(rgb, keyframe=index == 0) for index, rgb in enumerate(moving(*size, frames))]


def ten_bit(encoder: str, pixel_format: str) -> bytes:
    """A keyframe of the announced size in a deeper or less subsampled format."""
    import av

    context = av.CodecContext.create(encoder, "w")
    context.width, context.height = SIZE  # type: ignore[attr-defined]
    context.pix_fmt = pixel_format  # type: ignore[attr-defined]
    context.framerate, context.time_base = Fraction(15), Fraction(1, 15)  # type: ignore[attr-defined]
    context.options = {"tune": "zerolatency"} if encoder == "libx264" else {"preset": "10"}
    os.environ.setdefault("SVT_LOG", "1")
    frame = av.VideoFrame.from_ndarray(moving(*SIZE, 1)[0], "rgb24").reformat(format=pixel_format)
    frame.pts = 0
    with ordinary_priority():
        packets = [*context.encode(frame), *context.encode(None)]  # type: ignore[attr-defined]
    return bytes(packets[0])


def refused(base: BaseFormat, *packets: bytes, match: str) -> None:
    """All but the last packet pass; the last is refused by the check, and by the decoder with it."""
    check, decoder = CHECKS[base](), BaseDecoder(base, SIZE)
    for packet in packets[:-1]:
        check(packet, SIZE)
        decoder.decode(packet, SIZE)
    with pytest.raises(BitstreamError, match=match):
        check(packets[-1], SIZE)
    with pytest.raises(BitstreamError, match=match):
        decoder.decode(packets[-1], SIZE)


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
@pytest.mark.parametrize("size", [(64, 64), (70, 66), (322, 180), (640, 360)])
def test_what_the_encoders_write_passes(base: BaseFormat, size: tuple[int, int]) -> None:
    for options in ({}, {"bitrate_bps": 60_000}, {"threads": 2, "preset": 10}):
        check = CHECKS[base]()
        for packet in coded(base, size, 4, **options):
            check(packet, size)


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_larger_and_smaller_pictures_than_announced_are_refused(base: BaseFormat) -> None:
    for size in ((1920, 1080), (96, 160), (162, 96), (64, 64)):
        refused(base, coded(base, size, 1)[0], match=f"{size[0]}x{size[1]}; 160x96 was announced")


def test_more_than_one_picture_a_packet_is_refused() -> None:
    key, inter, next_inter = coded(AV1)
    refused(AV1, key + inter, match="OBUs of the types")
    refused(AV1, key, inter + next_inter, match="OBUs of the types")
    refused(AV1, key, key, match="OBUs of the types")
    key, inter, next_inter = coded(H264)
    refused(H264, key + inter, match="NAL units")
    refused(H264, key, inter + next_inter, match="more than one picture")
    refused(H264, key, key, match="NAL units")


def test_a_keyframe_opens_the_stream_and_no_other_frame() -> None:
    refused(AV1, coded(AV1)[1], match="OBUs of the types")
    refused(H264, coded(H264)[1], match="NAL units")


def test_hidden_and_repeated_pictures_are_refused() -> None:
    key, inter, _ = coded(AV1)
    at = inter.index(
        bytes([6 << 3 | 2])
    )  # OBU_FRAME behind the temporal delimiter, its size in one or two bytes
    header = at + (3 if inter[at + 1] & 128 else 2)
    hidden = inter[:header] + bytes([inter[header] & ~0x10]) + inter[header + 1 :]
    refused(AV1, key, hidden, match="not to be shown")
    repeated = inter[:header] + bytes([inter[header] | 0x80]) + inter[header + 1 :]
    refused(AV1, key, repeated, match="decoded before")
    show_existing = b"\x12\0" + bytes([3 << 3 | 2, 1, 0x88])
    refused(AV1, key, show_existing, match="OBUs of the types")


def test_frames_that_bring_a_size_of_their_own_are_refused() -> None:
    """A switch frame has one though no flag says so; intra-only frames stand for keyframes."""
    key, inter, _ = coded(AV1)
    at = inter.index(bytes([6 << 3 | 2]))
    header = at + (3 if inter[at + 1] & 128 else 2)
    for kind in (0b10, 0b11):
        changed = inter[:header] + bytes([inter[header] & ~0x60 | kind << 5]) + inter[header + 1 :]
        refused(AV1, key, changed, match="frame type")


def test_large_pictures_of_which_little_is_shown_are_refused() -> None:
    H264Check()(with_sps(coded(H264, frames=1)[0], sps(SIZE, SIZE)), SIZE)
    for large in ((16384, 16384), (176, 96), (160, 112)):
        key = coded(H264, frames=1)[0]
        refused(H264, with_sps(key, sps(large, SIZE)), match=f"{large[0]}x{large[1]} pixels are coded")


def test_profiles_in_which_readers_find_the_size_in_different_places_are_refused() -> None:
    for profile in (44, 83, 88, 110, 122, 134, 138, 144, 244):
        refused(
            H264,
            with_sps(coded(H264, frames=1)[0], sps(SIZE, SIZE, profile=profile)),
            match=f"profile is {profile}",
        )
    refused(H264, with_sps(coded(H264, frames=1)[0], sps(SIZE, SIZE, gaps=True)), match="gaps")


def test_floods_of_units_are_refused_before_they_cost_memory() -> None:
    key, inter, _ = coded(AV1)
    refused(AV1, b"\x12\0" * 20_000 + key, match="more than 8 OBUs")
    refused(AV1, key, inter + b"\x12\0", match="OBUs of the types")
    refused(AV1, key + bytes(200_000), match="more than the picture itself")
    key, inter, _ = coded(H264)
    refused(H264, b"\0\0\1\6" * 20_000 + key, match="more NAL units than a picture")
    refused(H264, key, b"\0\0\1\6" + b"\5" * 2000 + inter, match="SEI units of 2001 bytes")
    refused(H264, key, b"\0\0\1\6\5" * 2 + inter, match="2 SEI units")


@pytest.mark.parametrize(
    ("base", "pixel_format", "match"),
    [
        (AV1, "yuv420p10le", "8 bits"),
        (H264, "yuv420p10le", "profile is 110"),
        (H264, "yuv444p", "profile is 244"),
    ],
)
def test_other_sample_formats_are_refused(base: BaseFormat, pixel_format: str, match: str) -> None:
    refused(base, ten_bit(base.encoder, pixel_format), match=match)


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_random_and_cut_packets_raise_nothing_else(base: BaseFormat) -> None:
    key = coded(base, frames=1)[0]
    rng = np.random.default_rng(3)
    for _ in range(2000):
        broken = bytearray(key[: int(rng.integers(1, len(key) + 1))])
        for index in rng.integers(min(len(broken), 40), size=int(rng.integers(0, 6))):
            broken[index] ^= 1 << int(rng.integers(8))
        try:
            CHECKS[base]()(bytes(broken), SIZE)
        except BitstreamError:
            continue


def test_the_limit_of_the_decoder_itself_holds_behind_the_check() -> None:
    decoder = BaseDecoder(AV1, (64, 64))
    decoder._check = lambda packet, size: None  # type: ignore[assignment]
    with pytest.raises(BitstreamError, match="does not decode"):
        decoder.decode(coded(AV1, (640, 360), 1)[0], (64, 64))
