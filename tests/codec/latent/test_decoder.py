"""Tests of codec/latent/decoder.py: lost, repeated, droppable and hostile payloads."""

from __future__ import annotations

import resource

import numpy as np
import pytest
import torch
from torch import Tensor

from narrowcast.codec.errors import BitstreamError, ReferenceMismatch
from narrowcast.codec.latent.header import pack_latent, unpack_latent
from narrowcast.codec.latent.quantiser import Quantiser
from narrowcast.codec.latent.reference import ReferenceState, checksum
from narrowcast.codec.names import Entropy
from tests.codec.hostile_payloads import Target, decodes
from tests.codec.picture_samples import camera_like
from tests.codec.sequences import moving
from tests.codec.tiny_model import same_state, state_of, tiny_decoder, tiny_encoder, tiny_model

DROPPABLE, SKIP, CHECKSUM = 2, 4, 8


def _payloads(count: int, seed: int = 0) -> list[bytes]:
    encoder = tiny_encoder(64, 64)
    return [encoder.encode(picture, quality=0.5).payload for picture in moving(64, 64, count, seed)]


def _flagged(payload: bytes, flag: int) -> bytes:
    return bytes([payload[0] | flag]) + payload[1:]


def test_a_lost_frame_is_noticed_and_the_next_keyframe_heals() -> None:
    encoder, decoder = tiny_encoder(64, 64), tiny_decoder(64, 64)
    for index, picture in enumerate(moving(64, 64, 12)):
        payload = encoder.encode(picture, quality=0.5, keyframe=index == 8).payload
        if index == 4:
            continue
        if 4 < index < 8:
            with pytest.raises(ReferenceMismatch, match="a keyframe is needed"):
                decoder.decode(payload)
            continue
        decoder.decode(payload)
        assert same_state(state_of(encoder), state_of(decoder))


def test_the_first_lost_frame_is_named_by_its_counter() -> None:
    payloads, decoder = _payloads(4), tiny_decoder(64, 64)
    decoder.decode(payloads[0])
    with pytest.raises(ReferenceMismatch, match="follows reference 2, the decoder is at 1"):
        decoder.decode(payloads[2])


def test_an_inter_frame_before_any_keyframe_is_refused() -> None:
    with pytest.raises(ReferenceMismatch, match="no keyframe has been decoded"):
        tiny_decoder(64, 64).decode(_payloads(2)[1])


def test_a_repeated_frame_is_refused() -> None:
    payloads, decoder = _payloads(3), tiny_decoder(64, 64)
    for payload in payloads:
        decoder.decode(payload)
    with pytest.raises(ReferenceMismatch):
        decoder.decode(payloads[2])


def test_a_keyframe_of_another_size_is_refused() -> None:
    payload = tiny_encoder(80, 64).encode(camera_like(80, 64)).payload
    with pytest.raises(BitstreamError, match="keyframe of 80x64; this decoder was made for 64x64"):
        tiny_decoder(64, 64).decode(payload)


def test_a_frame_coded_from_other_reference_frames_is_found_by_its_checksum() -> None:
    """The counters agree, the latents do not: what a broken machine would look like."""
    ours, others = _payloads(1, seed=0), _payloads(1, seed=1)
    encoder = tiny_encoder(64, 64)
    encoder.encode(moving(64, 64, 1)[0], quality=0.5)
    inter = encoder.encode(camera_like(64, 64, seed=7), quality=0.5).payload
    header, symbols = unpack_latent(inter)
    summed = _flagged(pack_latent(header), CHECKSUM) + _crc(state_of(encoder).reference_1) + symbols
    same, different = tiny_decoder(64, 64), tiny_decoder(64, 64)
    same.decode(ours[0])
    same.decode(summed)
    different.decode(others[0])
    with pytest.raises(BitstreamError):
        different.decode(summed)


def test_a_wrong_checksum_is_a_reference_mismatch() -> None:
    payload = bytearray(_payloads(1)[0])
    payload[6] ^= 1  # the first byte of a keyframe's checksum
    decoder = tiny_decoder(64, 64)
    with pytest.raises(ReferenceMismatch, match="checksum"):
        decoder.decode(bytes(payload))
    decoder.decode(_payloads(1)[0])


def test_a_skip_frames_checksum_is_compared_too() -> None:
    decoder = tiny_decoder(64, 64)
    decoder.decode(_payloads(1)[0])
    skip = bytes([0x20 | SKIP | CHECKSUM, 128, 1])
    decoder.decode(skip + _crc(state_of(decoder).reference_1))
    with pytest.raises(ReferenceMismatch, match="checksum"):
        decoder.decode(bytes([skip[0], 128, 2]) + b"\1\2\3\4")


def _crc(y_hat: Tensor) -> bytes:
    return checksum(y_hat).to_bytes(4, "little")


def test_a_droppable_frame_is_shown_but_is_no_reference_frame() -> None:
    payloads = _payloads(3)
    with_it, without = tiny_decoder(64, 64), tiny_decoder(64, 64)
    for decoder in (with_it, without):
        decoder.decode(payloads[0])
    before = state_of(with_it)
    shown = with_it.decode(_flagged(payloads[1], DROPPABLE))
    assert same_state(state_of(with_it), before)
    assert not np.array_equal(shown, with_it.decode(bytes([0x20 | SKIP | DROPPABLE, 128, 1])))
    assert same_state(state_of(with_it), before)
    assert np.array_equal(shown, without.decode(payloads[1]))
    with_it.decode(payloads[1])
    assert np.array_equal(with_it.decode(payloads[2]), without.decode(payloads[2]))
    assert same_state(state_of(with_it), state_of(without))


def test_a_slow_receiver_may_drop_every_second_frame() -> None:
    """Temporal layers: odd frames are coded from the reference state and stay out of it."""
    model, rng = tiny_model().exact, np.random.default_rng(0)
    assert model.tables is not None
    full, half = tiny_decoder(64, 64), tiny_decoder(64, 64)
    state = None
    for index in range(9):
        reference = state or ReferenceState.empty((1, 8, 4, 4), torch.device("cpu"))
        y = torch.from_numpy(rng.integers(-900, 900, (1, 8, 4, 4))).float()
        quantiser = Quantiser(y, model.tables)
        y_hat = model.code(reference, 128, quantiser)
        start = b"\x21\x80\x40\x00\x40\x00" if index == 0 else bytes([0x20, 128, reference.counter])
        payload = start + quantiser.writer.finish()
        if index % 2:
            payload = _flagged(payload, DROPPABLE)
        else:
            state = reference.advanced(y_hat)
            half.decode(payload)
        full.decode(payload)
        assert state is not None
        assert same_state(state_of(full), state) and same_state(state_of(half), state)


def test_frames_that_are_only_followed_leave_the_decoder_where_decoding_does() -> None:
    payloads = _payloads(4)
    decoding, following = tiny_decoder(64, 64), tiny_decoder(64, 64)
    skip = bytes([0x20 | SKIP, 0, 3])
    for payload in payloads[:3]:
        shown = decoding.decode(payload)
        following.follow(payload)
    assert same_state(state_of(following), state_of(decoding))
    assert np.array_equal(following.decode(skip), shown), "of what was only followed a skip shows the picture"
    decoding.follow(skip)
    assert same_state(state_of(following), state_of(decoding))
    with pytest.raises(ReferenceMismatch):
        following.follow(payloads[1])


def test_bytes_behind_a_skip_frame_are_refused() -> None:
    decoder = tiny_decoder(64, 64)
    decoder.decode(_payloads(1)[0])
    with pytest.raises(BitstreamError, match="2 bytes behind a skip frame"):
        decoder.decode(bytes([0x20 | SKIP, 0, 1, 9, 9]))


def test_the_caller_may_draw_into_the_picture() -> None:
    payloads, decoder = _payloads(1), tiny_decoder(64, 64)
    shown = decoder.decode(payloads[0])
    kept = shown.copy()
    shown[:] = 0
    again = decoder.decode(bytes([0x20 | SKIP, 0, 1]))
    assert np.array_equal(again, kept)
    again[:] = 0
    assert np.array_equal(decoder.decode(bytes([0x20 | SKIP, 0, 2])), kept)


@pytest.mark.parametrize(("whole", "count"), [(False, 16_000), (True, 4_000)])
def test_20_000_hostile_payloads_decode_or_raise_the_named_error(whole: bool, count: int) -> None:
    """In bounded memory, and the decoder goes on at the next keyframe; with and without a real predictor."""
    target = Target(whole=whole)
    used_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    decoded = sum(target.meet(payload) for payload in target.variants(count, np.random.default_rng(0)))
    assert 0 < decoded < count / 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used_before < 100_000  # kilobytes
    target.recover()


def test_a_payload_of_escapes_only_ends() -> None:
    """The most expensive symbols there are, in a payload far larger than any encoder would write."""
    decoder = tiny_decoder(64, 64)
    for filler in (b"\xff", b"\xfe", b"\x00", b"\x80\x01"):
        header = bytes([0x21, 128, 64, 0, 64, 0])
        assert decodes(decoder, header + filler * 100_000) in (True, False)
    decoder.decode(_payloads(1)[0])


@pytest.mark.parametrize("entropy", ["huffman", "lzw"])
def test_every_entropy_coder_streams_to_the_same_pictures(entropy: Entropy) -> None:
    wanted, decoder = tiny_decoder(64, 64), tiny_decoder(64, 64)
    ranged, other = tiny_encoder(64, 64), tiny_encoder(64, 64, entropy=entropy)
    for index, picture in enumerate(moving(64, 64, 4)):
        # Whether a frame is worth its bits depends on the coder; keyframes are always sent.
        payloads = [
            encoder.encode(picture, quality=0.5, keyframe=index % 2 == 0).payload
            for encoder in (ranged, other)
        ]
        shown = [wanted.decode(payloads[0]), decoder.decode(payloads[1])]
        if index % 2 == 0:
            assert np.array_equal(shown[0], shown[1]) and unpack_latent(payloads[1])[0].entropy == entropy
        assert decoder.reference_checksum == other.reference_checksum


def test_a_frame_of_another_entropy_coder_than_the_keyframes_is_refused() -> None:
    coders = {entropy: tiny_encoder(64, 64, entropy=entropy) for entropy in ("range", "huffman", "lzw")}
    pictures = moving(64, 64, 2)
    payloads = {
        entropy: [encoder.encode(picture, quality=0.5).payload for picture in pictures]
        for entropy, encoder in coders.items()
    }
    decoder = tiny_decoder(64, 64)
    for announced in coders:
        for other in coders:
            decoder.decode(payloads[announced][0])
            if other == announced:
                decoder.decode(payloads[other][1])
                continue
            with pytest.raises(
                BitstreamError, match=f"announced the entropy coder {announced}, this frame names {other}"
            ):
                decoder.decode(payloads[other][1])


def test_a_payload_that_names_a_coder_it_was_not_coded_with_is_refused() -> None:
    payload = bytearray(tiny_encoder(64, 64, entropy="huffman").encode(camera_like(64, 64)).payload)
    payload[2] = 2
    with pytest.raises(BitstreamError):
        tiny_decoder(64, 64).decode(bytes(payload))
