"""Tests of codec/hybrid/decoder.py: real streams, lost and altered packets, and what is shown."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from narrowcast.codec.api import RestoringDecoder, Rgb
from narrowcast.codec.errors import BackendError, BitstreamError, ReferenceMismatch
from narrowcast.codec.hybrid import restoration_pace
from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.conditions import STRENGTH_CRISP, STRENGTH_SOFT
from narrowcast.codec.hybrid.decoder import MAX_BACKLOG, ComingRestoration, HybridDecoder
from narrowcast.codec.hybrid.encoder import HybridEncoder
from narrowcast.codec.hybrid.header import PayloadChain
from narrowcast.codec.hybrid.preset_choice import BaseChoice
from narrowcast.codec.hybrid.restoration_pace import MIN_MEDIAN_S, SLOW_S
from narrowcast.codec.stages import CodingStage
from tests.codec.sequences import moving
from tests.codec.tiny_restoration import tiny_hybrid_decoder, tiny_network

WIDTH, HEIGHT = 96, 72  # 72 is no multiple of 16


def coded(pictures: list[Rgb], base: BaseFormat = AV1, detail: int = 255) -> list[bytes]:
    """Return the payloads of a stream: a keyframe, then inter frames."""
    encoder = HybridEncoder(BaseChoice(base=base, preset=12), width=WIDTH, height=HEIGHT)
    return told([encoder.encode(rgb, quality=0.8).payload for rgb in pictures], detail)


def told(payloads: list[bytes], detail: int) -> list[bytes]:
    """Say in a stream's keyframes that its source is so crisp, in steps of 1/255."""
    unpacking, packing = PayloadChain(), PayloadChain()
    again = []
    for payload in payloads:
        header, packet = unpacking.unpack(payload)
        stream = None if header.stream is None else replace(header.stream, detail=detail / 255)
        again.append(packing.pack(packet, crf=header.crf, stream=stream))
    return again


def moved(count: int, base: BaseFormat = AV1) -> list[bytes]:
    """Return the payloads of a scene that moves."""
    return coded(moving(WIDTH, HEIGHT, count), base)


@pytest.mark.parametrize("base", [AV1, H264], ids=lambda base: base.name)
def test_without_a_generator_the_base_picture_is_shown(base: BaseFormat) -> None:
    decoder = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    for payload, rgb in zip(moved(4, base), moving(WIDTH, HEIGHT, 4), strict=True):
        error = np.square(decoder.decode(payload).astype(np.float64) - rgb).mean()
        assert error < 150


def test_a_generator_that_adds_nothing_shows_the_base_picture() -> None:
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    silent = tiny_hybrid_decoder(WIDTH, HEIGHT, strength=0.0)
    first, *others = moved(3)
    np.testing.assert_array_equal(silent.decode(first), plain.decode(first))
    assert not silent.provenance.painted and not plain.provenance.painted
    for payload in others:  # what hardly changed is held, so not to the last level
        shown, base = silent.decode(payload).astype(int), plain.decode(payload).astype(int)
        assert np.abs(shown - base).mean() < 1


def test_a_generator_changes_the_picture_and_two_receivers_agree() -> None:
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    first, second = (tiny_hybrid_decoder(WIDTH, HEIGHT) for _ in range(2))
    for payload in moved(3):
        picture = first.decode(payload)
        np.testing.assert_array_equal(picture, second.decode(payload))
        assert not np.array_equal(picture, plain.decode(payload))
        assert first.provenance.painted and not plain.provenance.painted


def test_a_soft_source_gets_less_of_the_residual() -> None:
    pictures = moving(WIDTH, HEIGHT, 1)
    soft, crisp = (
        tiny_hybrid_decoder(WIDTH, HEIGHT).decode(coded(pictures, detail=detail)[0]).astype(int)
        for detail in (0, 255)
    )
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT).decode(coded(pictures)[0]).astype(int)
    inside = (crisp > 0) & (crisp < 255)
    ratio = STRENGTH_CRISP / STRENGTH_SOFT
    assert np.abs((crisp - plain) - ratio * (soft - plain))[inside].max() <= 0.5 * (1 + ratio) + 0.01
    assert np.abs(crisp - plain).max() > 4


@pytest.fixture
def slow_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the generator seem to take too long, and nothing else any time at all."""
    ticks = itertools.count()  # asked before and after the generator runs
    clock = SimpleNamespace(perf_counter=lambda: (next(ticks) + 1) // 2 * 2 * SLOW_S)
    monkeypatch.setattr(restoration_pace, "time", clock)


@pytest.mark.usefixtures("slow_generator")
def test_where_there_is_no_hurry_every_picture_is_restored() -> None:
    decoder, plain = tiny_hybrid_decoder(WIDTH, HEIGHT), HybridDecoder(None, width=WIDTH, height=HEIGHT)
    for payload in moved(math.ceil(MIN_MEDIAN_S / (2 * SLOW_S)) + 4):
        assert not np.array_equal(decoder.decode(payload), plain.decode(payload))


@pytest.mark.usefixtures("slow_generator")
def test_a_live_stream_shows_the_base_picture_while_the_generator_cannot_keep_up() -> None:
    live = tiny_hybrid_decoder(WIDTH, HEIGHT, live=True)
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    judged = math.ceil(MIN_MEDIAN_S / (2 * SLOW_S))
    warnings = []
    for number, payload in enumerate(moved(judged + 4), 1):
        is_base = np.array_equal(live.decode(payload), plain.decode(payload))
        assert is_base is (number >= judged)
        assert live.provenance.painted is not is_base
        warnings.append(live.provenance.warning)
    (warning,) = filter(None, warnings)
    assert warnings[judged - 1] == warning, "with the first picture that is not painted any more"
    assert "cannot keep up" in warning and f"{WIDTH}x{HEIGHT}" in warning and "--" not in warning


def test_a_live_stream_that_got_ahead_catches_up_without_the_generator() -> None:
    live, patient = (tiny_hybrid_decoder(WIDTH, HEIGHT, live=live) for live in (True, False))
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    for payload, backlog in zip(moved(6), (0, 5, 4, 3, 2, 0), strict=True):
        live.backlog = patient.backlog = backlog
        base = plain.decode(payload)
        assert np.array_equal(live.decode(payload), base) is (backlog > MAX_BACKLOG)
        assert not np.array_equal(patient.decode(payload), base)
    assert not live.provenance.warning


def test_base_pictures_are_shown_until_the_generator_is_loaded() -> None:
    coming: ComingRestoration = Future()
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    decoder = HybridDecoder(coming, width=WIDTH, height=HEIGHT, live=True)
    painted = []
    for number, payload in enumerate(moved(5)):
        if number == 3:
            coming.set_result(tiny_network(WIDTH, HEIGHT))
        same = np.array_equal(decoder.decode(payload), plain.decode(payload))
        assert decoder.provenance.painted is not same
        painted.append(not same)
    assert painted == [False, False, False, True, True]


@pytest.mark.parametrize(
    "error", [BackendError("no such device"), RuntimeError("out of memory"), MemoryError()]
)
def test_a_generator_that_cannot_be_loaded_leaves_the_base_picture_and_a_line(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    coming: ComingRestoration = Future()
    coming.set_exception(error)
    decoder = HybridDecoder(coming, width=WIDTH, height=HEIGHT, live=True)
    plain = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    for payload in moved(3):
        np.testing.assert_array_equal(decoder.decode(payload), plain.decode(payload))
    (record,) = caplog.records
    assert (str(error) or "MemoryError") in record.getMessage()


def test_a_scene_that_stands_still_settles() -> None:
    decoder = tiny_hybrid_decoder(WIDTH, HEIGHT)
    pictures = [decoder.decode(payload).astype(int) for payload in coded([moving(WIDTH, HEIGHT, 1)[0]] * 12)]
    assert np.abs(pictures[-1] - pictures[-2]).max() <= 1


def test_a_picture_that_stands_still_approaches_what_is_painted_anew() -> None:
    payloads = coded([moving(WIDTH, HEIGHT, 1)[0]] * 30)
    decoder, fresh = tiny_hybrid_decoder(WIDTH, HEIGHT), tiny_hybrid_decoder(WIDTH, HEIGHT, strength=0.0)
    base = [fresh.decode(payload).astype(int) for payload in payloads]
    shown = [decoder.decode(payload).astype(int) for payload in payloads]
    changes = [np.abs(now - before).mean() for before, now in zip(shown, shown[1:], strict=False)]
    assert np.abs(shown[-1] - base[-1]).mean() > 1  # it is painted on
    assert max(changes[-5:]) < 0.1 * changes[0] + 0.05


def test_a_lost_packet_asks_for_a_keyframe_and_one_mends_it() -> None:
    payloads = moved(4)
    decoder = tiny_hybrid_decoder(WIDTH, HEIGHT)
    decoder.decode(payloads[0])
    with pytest.raises(ReferenceMismatch, match="frame 2 came, 1 is next"):
        decoder.decode(payloads[2])
    with pytest.raises(ReferenceMismatch, match="no keyframe"):
        decoder.decode(payloads[3])
    assert decoder.decode(payloads[0]).shape == (HEIGHT, WIDTH, 3)


def test_nothing_of_the_last_stream_is_in_the_first_picture_of_the_next() -> None:
    last, following = moved(3), coded(moving(WIDTH, HEIGHT, 6)[4:])
    fresh = tiny_hybrid_decoder(WIDTH, HEIGHT)
    expected = [fresh.decode(payload) for payload in following]
    for damaged in (False, True):
        decoder = tiny_hybrid_decoder(WIDTH, HEIGHT)
        for payload in last:
            decoder.decode(payload)
        if damaged:
            with pytest.raises(BitstreamError):
                decoder.decode(b"damage")
        for payload, picture in zip(following, expected, strict=True):
            np.testing.assert_array_equal(decoder.decode(payload), picture)


def test_a_stream_joined_late_waits_for_a_keyframe() -> None:
    with pytest.raises(ReferenceMismatch, match="no keyframe"):
        tiny_hybrid_decoder(WIDTH, HEIGHT).decode(moved(2)[1])


def test_a_keyframe_of_another_size_is_refused() -> None:
    with pytest.raises(
        BitstreamError, match=f"keyframe of {WIDTH}x{HEIGHT}; this decoder was made for 64x64"
    ):
        HybridDecoder(None, width=64, height=64).decode(moved(1)[0])


def test_damaged_payloads_never_show_and_never_break_the_decoder() -> None:
    payloads, rng = moved(2), np.random.default_rng(0)
    decoder = HybridDecoder(None, width=WIDTH, height=HEIGHT)
    for _ in range(200):
        broken = bytearray(payloads[0])
        kind = rng.integers(3)
        if kind == 0:
            broken = broken[: rng.integers(len(broken))]
        elif kind == 1:
            broken[rng.integers(4, len(broken))] ^= 1 << int(rng.integers(8))
        else:
            broken += rng.bytes(int(rng.integers(1, 20)))
        with pytest.raises(BitstreamError):
            decoder.decode(bytes(broken))
    assert decoder.decode(payloads[0]).shape == decoder.decode(payloads[1]).shape == (HEIGHT, WIDTH, 3)


def test_stages_are_told_in_the_order_of_a_frames_way() -> None:
    encoder = HybridEncoder(BaseChoice(base=H264, preset=12), width=WIDTH, height=HEIGHT)
    decoder = tiny_hybrid_decoder(WIDTH, HEIGHT)
    stages: list[CodingStage] = []
    encoder.on_stage = decoder.on_stage = stages.append
    [payload] = told([encoder.encode(moving(WIDTH, HEIGHT, 1)[0]).payload], 255)
    assert stages == [CodingStage.BASE]
    stages.clear()
    decoder.decode(payload)
    assert stages == [CodingStage.BASE, CodingStage.SYNTHESIS]


@pytest.mark.parametrize("base", [AV1, H264], ids=lambda base: base.name)
def test_frames_that_are_only_followed_leave_the_base_layer_where_decoding_does(base: BaseFormat) -> None:
    payloads = moved(6, base)
    decoding, following = (HybridDecoder(None, width=WIDTH, height=HEIGHT) for _ in range(2))
    pictures = [decoding.decode(payload) for payload in payloads]
    for payload in payloads[:-1]:
        following.follow(payload)
    assert np.array_equal(following.decode(payloads[-1]), pictures[-1])
    with pytest.raises(BitstreamError):
        following.follow(payloads[2])
    following.follow(payloads[0])
    assert np.array_equal(following.decode(payloads[1]), pictures[1])


def test_a_generator_begins_anew_behind_frames_that_were_only_followed() -> None:
    payloads = moved(4)
    used, fresh = (tiny_hybrid_decoder(width=WIDTH, height=HEIGHT) for _ in range(2))
    for payload in payloads[:2]:
        used.decode(payload)
    used.follow(payloads[2])
    for payload in payloads[:3]:
        fresh.follow(payload)
    assert np.array_equal(used.decode(payloads[3]), fresh.decode(payloads[3]))


def test_when_the_generator_paints_may_be_changed_between_two_frames() -> None:
    decoder = tiny_hybrid_decoder(WIDTH, HEIGHT)
    assert isinstance(decoder, RestoringDecoder)
    painted = []
    for number, payload in enumerate(moved(6)):
        if number in (2, 4):
            decoder.restore("never" if number == 2 else "always")
        decoder.decode(payload)
        painted.append(decoder.provenance.painted)
    assert painted == [True, True, False, False, True, True]


def test_a_generator_that_was_not_wanted_is_loaded_when_it_is() -> None:
    coming: ComingRestoration = Future()
    asked: list[bool] = []

    def load() -> ComingRestoration:
        asked.append(True)
        return coming

    decoder = HybridDecoder(None, width=WIDTH, height=HEIGHT, load=load)
    first, second, third = moved(3)
    decoder.decode(first)
    assert not asked
    decoder.restore("auto")
    decoder.restore("always")
    decoder.decode(second)
    assert asked == [True] and not decoder.provenance.painted, "the base picture is shown meanwhile"
    coming.set_result(tiny_network(WIDTH, HEIGHT, 0.05))
    decoder.decode(third)
    assert decoder.provenance.painted
