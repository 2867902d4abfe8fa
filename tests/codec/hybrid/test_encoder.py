"""Tests of codec/hybrid/encoder.py with real encoders: keyframes, the quality ladder, its patience."""

from __future__ import annotations

import errno
import itertools
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from narrowcast.codec.api import BitBudget, EncodedFrame, RestingEncoder, Rgb
from narrowcast.codec.errors import FrameSizeError
from narrowcast.codec.hybrid import encoder as hybrid_encoder
from narrowcast.codec.hybrid.base_format import AV1, BASE_FORMATS, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.conditions import STRENGTH_CRISP, STRENGTH_SOFT, restoration_strength
from narrowcast.codec.hybrid.encoder import HybridEncoder, fine_detail
from narrowcast.codec.hybrid.header import HybridHeader, PayloadChain
from narrowcast.codec.hybrid.preset_choice import LATE_S, SETTLED_FRAMES, BaseChoice
from narrowcast.codec.hybrid.rate_plan import FAR_RUNGS, HOLD_FRAMES, HOLD_FRAMES_BELOW, RUNGS, crf_of
from narrowcast.codec.hybrid.stall import StalledEncoderError
from narrowcast.codec.hybrid.svt_av1 import svt_av1_library
from tests.codec.sequences import moving

WIDTH, HEIGHT = 96, 64
STEP = 1 / (RUNGS - 1)
QUICK = BaseChoice(base=H264, preset=12)


def make_encoder(choice: BaseChoice = QUICK) -> HybridEncoder:
    return HybridEncoder(choice, width=WIDTH, height=HEIGHT)


def noisy(count: int) -> list[Rgb]:
    """Return a scene that moves, 320x192, from a sensor that an encoder has much to do with."""
    rng = np.random.default_rng(0)
    return [
        np.clip(rgb + rng.normal(0, 12, rgb.shape), 0, 255).astype(np.uint8)
        for rgb in moving(320, 192, count)
    ]


def keyframes(encoder: HybridEncoder, qualities: list[float]) -> list[int]:
    """Code one picture a quality; return the places of the keyframes."""
    pictures = moving(WIDTH, HEIGHT, len(qualities))
    pairs = enumerate(zip(pictures, qualities, strict=True))
    return [index for index, (rgb, q) in pairs if encoder.encode(rgb, quality=q).keyframe]


def test_the_first_frame_is_a_keyframe_and_later_ones_when_asked() -> None:
    encoder = make_encoder()
    asked = [False, False, True, False]
    frames = [encoder.encode(rgb, keyframe=k) for rgb, k in zip(moving(WIDTH, HEIGHT, 4), asked, strict=True)]
    assert [frame.keyframe for frame in frames] == [True, False, True, False]
    headers = unpacked(frames)
    assert [header.counter for header in headers] == [0, 1, 0, 1]
    assert [header.stream is not None for header in headers] == [True, False, True, False]


def unpacked(frames: list[EncodedFrame]) -> list[HybridHeader]:
    chain = PayloadChain()
    return [chain.unpack(frame.payload)[0] for frame in frames]


def test_small_changes_of_quality_cost_no_keyframe() -> None:
    wobble = [0.5 + STEP * (index % 2) for index in range(HOLD_FRAMES + 20)]
    assert keyframes(make_encoder(), wobble) == [0]


@pytest.mark.parametrize(("steps", "held"), [(3, HOLD_FRAMES_BELOW), (-3, HOLD_FRAMES)])
def test_a_lasting_change_waits_until_the_rung_was_held(steps: int, held: int) -> None:
    assert keyframes(make_encoder(), [0.5, *[0.5 + steps * STEP] * (held + 4)]) == [0, held]


def test_a_frame_tells_the_quality_that_it_was_really_coded_at() -> None:
    encoder, pictures = make_encoder(), moving(WIDTH, HEIGHT, 2)
    first = encoder.encode(pictures[0], quality=8 * STEP)
    second = encoder.encode(pictures[1], quality=9 * STEP)
    assert first.quality == second.quality == pytest.approx(8 * STEP)


def test_a_large_fall_comes_at_once() -> None:
    assert keyframes(make_encoder(), [0.9, 0.9, 0.9 - FAR_RUNGS * STEP, 0.9 - FAR_RUNGS * STEP]) == [0, 2]


def test_a_keyframe_takes_the_quality_of_the_moment() -> None:
    encoder = make_encoder()
    pictures = moving(WIDTH, HEIGHT, 2)
    encoder.encode(pictures[0], quality=0.5)
    [header] = unpacked([encoder.encode(pictures[1], quality=0.5 + 2 * STEP, keyframe=True)])
    assert header.stream is not None
    assert header.crf == crf_of(H264, (round(0.5 * (RUNGS - 1)) + 2) / (RUNGS - 1))


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_the_ladder_rises_from_the_worst_quantiser_to_the_best(base: BaseFormat) -> None:
    crfs = [crf_of(base, index / (RUNGS - 1)) for index in range(RUNGS)]
    assert (crfs[0], crfs[-1]) == (base.crf_worst, base.crf_best)
    assert crfs == sorted(crfs, reverse=True)


def test_a_wrong_size_is_refused() -> None:
    with pytest.raises(FrameSizeError):
        make_encoder().encode(np.zeros((10, 10, 3), np.uint8))


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every picture seem to take a little longer than a frame at 15 fps may."""
    ticks = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: next(ticks) * (LATE_S + 0.01))
    monkeypatch.setattr(hybrid_encoder, "time", clock)


@pytest.mark.usefixtures("slow_clock")
@pytest.mark.parametrize(("pinned", "expected"), [(False, [0, SETTLED_FRAMES + 1]), (True, [0])])
def test_a_preset_that_is_too_slow_here_gives_way_with_a_keyframe(pinned: bool, expected: list[int]) -> None:
    encoder = make_encoder(BaseChoice(base=AV1, preset=8, pinned=pinned))
    assert keyframes(encoder, [0.5] * (SETTLED_FRAMES + 4)) == expected


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_a_budget_is_held_whatever_moves(base: BaseFormat) -> None:
    encoder = HybridEncoder(BaseChoice(base=base, preset=8, pinned=True), width=320, height=192)
    budget = BitBudget(bytes_a_frame=600, best_quality=1.0)
    frames = [encoder.encode(rgb, quality=1.0, budget=budget) for rgb in noisy(75)]
    assert [frame.keyframe for frame in frames] == [True] + [False] * 74
    later = [len(frame.payload) for frame in frames[30:]]
    assert 0.4 * 600 < sum(later) / len(later) < 1.1 * 600
    free = HybridEncoder(BaseChoice(base=base, preset=12), width=320, height=192)
    unlimited = [len(free.encode(rgb, quality=1.0).payload) for rgb in noisy(20)]
    assert sum(unlimited[1:]) / 19 > 2 * 600


@pytest.mark.skipif(svt_av1_library() is None, reason="this PyAV carries no SVT-AV1 4")
def test_a_budget_that_jumps_costs_no_keyframe_and_is_held_again() -> None:
    encoder = HybridEncoder(BaseChoice(base=AV1, preset=12), width=320, height=192)
    sizes: list[int] = []
    for index, rgb in enumerate(noisy(240)):
        budget = BitBudget(bytes_a_frame=400 if 60 <= index < 150 else 2900, best_quality=1.0)
        frame = encoder.encode(rgb, budget=budget)
        assert frame.keyframe == (index == 0)
        sizes.append(len(frame.payload))
    before, thin, after = (float(np.mean(sizes[end - 20 : end])) for end in (60, 150, 240))
    assert before > 2 * thin and after > 2 * thin


@pytest.mark.parametrize("budget", [BitBudget(bytes_a_frame=200, best_quality=0.5), None])
def test_an_encoder_that_stalls_is_replaced_with_a_keyframe(
    budget: BitBudget | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = HybridEncoder(BaseChoice(base=AV1, preset=12), width=WIDTH, height=HEIGHT)
    pictures = moving(WIDTH, HEIGHT, 4)
    frames = [encoder.encode(rgb, budget=budget) for rgb in pictures[:2]]
    working = BaseEncoder.encode
    calls = itertools.count()

    def stall_once(self: BaseEncoder, rgb: Rgb, *, keyframe: bool) -> bytes:
        if next(calls) == 0:
            raise StalledEncoderError("SVT-AV1 gave no packet for 10 s")
        return working(self, rgb, keyframe=keyframe)

    monkeypatch.setattr(BaseEncoder, "encode", stall_once)
    frames += [encoder.encode(rgb, budget=budget) for rgb in pictures[2:]]
    assert [frame.keyframe for frame in frames] == [True, False, True, False]
    assert "another encoder goes on" in caplog.text


def test_with_a_budget_every_frame_says_how_coarse_it_is() -> None:
    encoder = HybridEncoder(BaseChoice(base=AV1, preset=8, pinned=True), width=320, height=192)
    poor, rich = BitBudget(bytes_a_frame=150), BitBudget(bytes_a_frame=3000)
    pictures = noisy(90)
    thin = [encoder.encode(rgb, budget=poor) for rgb in pictures[:45]]
    wide = [encoder.encode(rgb, budget=rich, keyframe=index == 0) for index, rgb in enumerate(pictures[45:])]
    crfs = [header.crf for header in unpacked([*thin, *wide])]
    assert sum(crfs[20:45]) / 25 > sum(crfs[65:]) / 25 + 1
    assert thin[-1].quality is not None and wide[-1].quality is not None
    assert thin[-1].quality < wide[-1].quality


def test_crisp_sources_get_more_of_the_residual() -> None:
    rng = np.random.default_rng(0)
    crisp = rng.integers(0, 256, (96, 128, 3), dtype=np.uint8)
    soft = np.asarray(cv2.resize(crisp[:24, :32], (128, 96), interpolation=cv2.INTER_CUBIC), np.uint8)
    flat = np.full((96, 128, 3), 9, np.uint8)
    assert 1.0 >= fine_detail(crisp) > 0.5 > 0.3 > fine_detail(soft) > fine_detail(flat) == 0.0
    assert restoration_strength(fine_detail(crisp), 1.0) == STRENGTH_CRISP
    assert restoration_strength(fine_detail(soft), 1.0) == STRENGTH_SOFT
    assert restoration_strength(fine_detail(flat), 1.0) == STRENGTH_SOFT


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_an_encoder_that_rests_has_no_threads_and_goes_on_with_a_keyframe() -> None:
    encoder = make_encoder(BaseChoice(base=AV1, preset=12, pinned=True))
    before = native_threads()
    pictures = moving(WIDTH, HEIGHT, 4)
    assert [encoder.encode(rgb).keyframe for rgb in pictures[:2]] == [True, False]
    assert native_threads() > before + 5
    encoder.rest()
    assert native_threads() <= before
    assert isinstance(encoder, RestingEncoder)
    assert [encoder.encode(rgb).keyframe for rgb in pictures[2:]] == [True, False]


def native_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_an_encoder_that_could_not_be_opened_is_opened_with_the_next_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = make_encoder()
    first, second, third, fourth = moving(WIDTH, HEIGHT, 4)
    encoder.encode(first)

    def no_descriptor(*_: object, **__: object) -> BaseEncoder:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="too many"):
        patch.setattr(hybrid_encoder, "BaseEncoder", no_descriptor)
        encoder.encode(second, quality=1.0, keyframe=True)
    assert encoder.encode(third, quality=1.0).keyframe
    assert not encoder.encode(fourth, quality=1.0).keyframe
