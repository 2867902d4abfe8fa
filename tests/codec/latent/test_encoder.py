"""Tests of codec/latent/encoder.py, against the decoder: equal states, skip frames, quality, keyframes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import FrameSizeError
from narrowcast.codec.latent.config import STRIDE, Y_UNIT
from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.codec.latent.encoder import CHECKSUM_PERIOD, LatentEncoder
from narrowcast.codec.latent.header import unpack_latent
from narrowcast.codec.latent.reference import Phase, checksum
from narrowcast.codec.latent.refinement import refined_level
from narrowcast.codec.picture import to_tensor
from narrowcast.codec.stages import CodingStage
from tests.codec.picture_samples import camera_like, flat, noise
from tests.codec.sequences import moving, still
from tests.codec.tiny_model import same_state, state_of, tiny_decoder, tiny_encoder

HEADER_BYTES = 3
KEYFRAME_HEADER_BYTES = 10


SETTLING = 3
"""Frames after which a picture that stands still is refined to the last latent."""


class NetworkWasRun(Exception):
    """Raised by NoNetwork."""


class NoNetwork:
    """An analysis that must not be called."""

    def __call__(self, inputs: torch.Tensor, q_level: int) -> torch.Tensor:
        raise NetworkWasRun


def _pair(width: int = 80, height: int = 64, *, calm: bool = False) -> tuple[LatentEncoder, LatentDecoder]:
    return tiny_encoder(width, height, calm=calm), tiny_decoder(width, height, calm=calm)


@pytest.mark.parametrize("size", [(64, 64), (65, 97), (81, 64)])
def test_states_are_equal_after_every_frame(size: tuple[int, int]) -> None:
    encoder, decoder = _pair(*size)
    for index, picture in enumerate(moving(*size, 24)):
        encoded = encoder.encode(picture, quality=0.4, keyframe=index == 15)
        assert encoded.keyframe == (index in (0, 15)) and not encoded.droppable
        assert decoder.decode(encoded.payload).shape == picture.shape
        assert same_state(state_of(encoder), state_of(decoder))


def test_quality_may_change_on_every_frame_without_a_keyframe() -> None:
    encoder, decoder = _pair()
    rng = np.random.default_rng(0)
    for index, picture in enumerate(moving(80, 64, 20)):
        quality = float(rng.random())
        encoded = encoder.encode(picture, quality=quality)
        assert encoded.keyframe == (index == 0)
        assert encoded.payload[1] == round(255 * quality)
        decoder.decode(encoded.payload)
        assert same_state(state_of(encoder), state_of(decoder))


def test_quality_outside_0_to_1_is_taken_to_the_nearest() -> None:
    encoder = tiny_encoder(64, 64)
    levels = [encoder.encode(camera_like(64, 64), quality=q).payload[1] for q in (-3.0, 9.0)]
    assert levels == [0, 255]


def test_higher_quality_costs_more_bytes_and_comes_closer() -> None:
    picture = camera_like(128, 96)
    sizes, errors = [], []
    for quality in (0.0, 0.5, 1.0):
        encoder, decoder = _pair(128, 96)
        payload = encoder.encode(picture, quality=quality).payload
        decoder.decode(payload)
        sizes.append(len(payload))
        errors.append(_latent_error(encoder, picture, quality))
    assert sizes == sorted(sizes) and sizes[0] < 0.8 * sizes[2]
    assert errors == sorted(errors, reverse=True)


@torch.inference_mode()
def _latent_error(encoder: LatentEncoder, picture: Rgb, quality: float) -> float:
    """Mean |y_hat - y| of the frame just coded, in units of 1/64."""
    y = encoder._analysis(to_tensor(picture, STRIDE), round(255 * quality)) * Y_UNIT
    return float((state_of(encoder).reference_1 - y).abs().mean())


def test_a_repeated_picture_becomes_skip_frames_of_a_header() -> None:
    encoder, decoder = _pair(calm=True)
    picture = camera_like(80, 64)
    for _ in range(SETTLING):
        shown = decoder.decode(encoder.encode(picture, quality=0.5).payload)
    for _ in range(5):
        encoded = encoder.encode(picture.copy(), quality=0.5)
        assert len(encoded.payload) == HEADER_BYTES and unpack_latent(encoded.payload)[0].skip
        assert np.array_equal(decoder.decode(encoded.payload), shown)
        assert same_state(state_of(encoder), state_of(decoder))
    assert state_of(encoder).phase == Phase.INTER and state_of(encoder).counter == SETTLING + 5


def test_a_repeated_picture_runs_no_network() -> None:
    encoder = tiny_encoder(80, 64, calm=True)
    picture = camera_like(80, 64)
    for _ in range(SETTLING + 1):
        encoder.encode(picture, quality=0.5)
    encoder._analysis = NoNetwork()  # type: ignore[assignment]
    assert len(encoder.encode(picture, quality=0.5).payload) == HEADER_BYTES
    with pytest.raises(NetworkWasRun):
        encoder.encode(picture, quality=0.6)


def test_after_skip_frames_a_change_is_coded_again() -> None:
    encoder, decoder = _pair(calm=True)
    for picture in [camera_like(80, 64)] * 4 + [camera_like(80, 64, seed=1)]:
        encoded = encoder.encode(picture, quality=0.5)
        decoder.decode(encoded.payload)
    assert not unpack_latent(encoded.payload)[0].skip
    assert same_state(state_of(encoder), state_of(decoder))


def test_the_caller_may_draw_into_the_same_array() -> None:
    encoder, decoder = _pair(calm=True)
    picture = camera_like(80, 64)
    for _ in range(SETTLING + 1):
        decoder.decode(encoder.encode(picture, quality=0.5).payload)
    picture[:] = camera_like(80, 64, seed=5)
    encoded = encoder.encode(picture, quality=0.5)
    assert not unpack_latent(encoded.payload)[0].skip


def test_sensor_noise_costs_little_beside_a_keyframe() -> None:
    encoder = tiny_encoder(128, 96, calm=True)
    sizes = [len(encoder.encode(picture, quality=0.0).payload) for picture in still(128, 96, 12)]
    assert sum(sizes[4:]) / len(sizes[4:]) < 0.5 * sizes[0]


def test_keyframes_and_every_64th_reference_frame_carry_a_checksum() -> None:
    encoder = tiny_encoder(64, 64)
    summed = []
    for index in range(2 * CHECKSUM_PERIOD + 2):
        header, _ = unpack_latent(encoder.encode(noise(64, 64, index), quality=0.2).payload)
        if header.checksum is not None:
            assert header.checksum == checksum(state_of(encoder).reference_1)
            summed.append(index)
    assert summed == [0, CHECKSUM_PERIOD - 1, 2 * CHECKSUM_PERIOD - 1]


def test_a_keyframe_says_its_size() -> None:
    encoder = tiny_encoder(65, 97)
    payload = encoder.encode(camera_like(65, 97)).payload
    header, symbols = unpack_latent(payload)
    assert (header.width, header.height) == (65, 97)
    assert len(payload) == KEYFRAME_HEADER_BYTES + len(symbols)


def test_another_size_or_type_is_refused_and_changes_nothing() -> None:
    encoder, decoder = _pair()
    decoder.decode(encoder.encode(camera_like(80, 64)).payload)
    with pytest.raises(FrameSizeError, match="this encoder takes"):
        encoder.encode(camera_like(64, 80))
    decoder.decode(encoder.encode(camera_like(80, 64, seed=1)).payload)
    assert same_state(state_of(encoder), state_of(decoder))


@pytest.mark.parametrize("size", [(64, 64), (65, 97), (1920, 1080)])
def test_sizes_small_odd_and_large(size: tuple[int, int]) -> None:
    encoder, decoder = _pair(*size)
    for picture in (camera_like(*size), flat(*size)):
        decoded = decoder.decode(encoder.encode(picture, quality=0.7).payload)
        assert decoded.shape == picture.shape and decoded.dtype == np.uint8
        assert same_state(state_of(encoder), state_of(decoder))
    assert cv2.PSNR(decoded, picture) > 12


def test_black_white_and_noise_survive() -> None:
    encoder, decoder = _pair()
    for picture in (flat(80, 64, 0), flat(80, 64, 255), noise(80, 64), flat(80, 64, 0)):
        for quality in (0.0, 1.0):
            decoder.decode(encoder.encode(picture, quality=quality).payload)
            assert same_state(state_of(encoder), state_of(decoder))


def test_stages_are_told_in_the_order_of_a_frames_way() -> None:
    encoder, decoder = tiny_encoder(64, 64), tiny_decoder(64, 64)
    picture = camera_like(64, 64, seed=1)
    told: list[CodingStage] = []
    encoder.on_stage = decoder.on_stage = told.append
    payload = encoder.encode(picture).payload
    pass_stages = [CodingStage.EXACT, CodingStage.ENTROPY]
    assert told == [
        CodingStage.COLOUR,
        CodingStage.ANALYSIS,
        *pass_stages,
        *pass_stages,
        CodingStage.EXACT,
        CodingStage.ENTROPY,
    ]
    told.clear()
    decoder.decode(payload)
    assert told == [*pass_stages, *pass_stages, CodingStage.EXACT, CodingStage.SYNTHESIS, CodingStage.COLOUR]


def test_a_droppable_frame_stays_out_of_both_states() -> None:
    encoder, decoder = _pair()
    for index, picture in enumerate(moving(80, 64, 12)):
        before = None if index == 0 else state_of(encoder)
        encoded = encoder.encode(picture, quality=0.4, droppable=index % 2 == 1)
        assert encoded.droppable == (index % 2 == 1) == unpack_latent(encoded.payload)[0].droppable
        decoder.decode(encoded.payload)
        assert same_state(state_of(encoder), state_of(decoder))
        if encoded.droppable:
            assert before is not None and same_state(state_of(encoder), before)


def test_a_receiver_may_take_every_second_frame() -> None:
    encoder, whole, half = tiny_encoder(80, 64), tiny_decoder(80, 64), tiny_decoder(80, 64)
    for index, picture in enumerate(moving(80, 64, 12)):
        encoded = encoder.encode(picture, quality=0.4, droppable=index % 2 == 1)
        shown = whole.decode(encoded.payload)
        if not encoded.droppable:
            assert np.array_equal(shown, half.decode(encoded.payload))


def test_a_keyframe_is_never_droppable() -> None:
    encoder = tiny_encoder(80, 64)
    for keyframe in (False, True):
        encoded = encoder.encode(camera_like(80, 64), keyframe=keyframe, droppable=True)
        assert encoded.keyframe and not encoded.droppable


def test_a_still_scene_may_be_droppable_too() -> None:
    encoder, decoder = _pair(calm=True)
    for index in range(12):
        encoded = encoder.encode(camera_like(80, 64), quality=0.5, droppable=index % 2 == 1)
        decoder.decode(encoded.payload)
        assert same_state(state_of(encoder), state_of(decoder))
    assert encoded.droppable and len(encoded.payload) == HEADER_BYTES


def test_a_scene_cut_becomes_a_keyframe_by_itself() -> None:
    encoder, decoder = _pair(calm=True)
    kinds = []
    for picture in [*still(80, 64, 8, seed=1), *still(80, 64, 8, seed=5)]:
        encoded = encoder.encode(picture, quality=0.4)
        decoder.decode(encoded.payload)
        kinds.append(encoded.keyframe)
        assert same_state(state_of(encoder), state_of(decoder))
    assert kinds == [index in (0, 8) for index in range(16)]


def test_a_cut_behind_one_picture_that_was_repeated_is_seen_too() -> None:
    encoder = tiny_encoder(80, 64, calm=True)
    pictures = [camera_like(80, 64, seed=1)] * 8 + [camera_like(80, 64, seed=5)] * 2
    kinds = [encoder.encode(picture, quality=0.4).keyframe for picture in pictures]
    assert kinds == [index in (0, 8) for index in range(10)]


@pytest.mark.parametrize("calm", [False, True])
def test_fast_motion_and_noise_are_no_scene_cut(calm: bool) -> None:
    fast = camera_like(400, 64, seed=2)
    pan = [np.ascontiguousarray(fast[:, 16 * i : 16 * i + 80]) for i in range(20)]
    for pictures in (pan, [noise(80, 64, seed) for seed in range(20)], moving(80, 64, 20)):
        encoder = tiny_encoder(80, 64, calm=calm)
        assert [encoder.encode(picture).keyframe for picture in pictures] == [True] + [False] * 19


def test_what_stands_still_is_refined_within_a_share_of_the_keyframe() -> None:
    encoder = tiny_encoder(128, 96, calm=True)
    pictures = still(128, 96, 150)
    encoded = [encoder.encode(pictures[0], quality=0.2)]
    first = _latent_error(encoder, pictures[0], 0.2)
    encoded += [encoder.encode(picture, quality=0.2) for picture in pictures[1:]]
    assert _latent_error(encoder, pictures[0], 0.2) < 0.8 * first
    asked = round(255 * 0.2)
    assert {frame.payload[1] for frame in encoded if not frame.refinement} == {asked}
    assert {frame.payload[1] for frame in encoded if frame.refinement} == {refined_level(asked)}
    rest = [len(frame.payload) for frame in encoded[15:]]
    assert sum(rest) / len(rest) < len(encoded[0].payload) / 16
