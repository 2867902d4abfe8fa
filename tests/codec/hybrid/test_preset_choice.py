"""Tests of preset_choice.py: the choice of an encoder by real trials, and a keeper told made-up times."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid import preset_choice
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE, H264
from narrowcast.codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from narrowcast.codec.hybrid.preset_choice import (
    FINE_PRESETS,
    KEYFRAME_LIMIT_S,
    LATE_S,
    PRESETS,
    QUICK_S,
    SETTLED_FRAMES,
    SLOW_S,
    BaseChoice,
    PresetKeeper,
    choose_base,
)
from tests.codec.sequences import moving

WIDTH, HEIGHT = 96, 64


def keeper_after(seconds: float, *, preset: int = 8, frames: int = SETTLED_FRAMES) -> PresetKeeper:
    """Return a keeper that has seen so many frames of so many seconds."""
    keeper = PresetKeeper(BaseChoice(base=AV1, preset=preset))
    for _ in range(frames):
        keeper.coded(seconds)
    return keeper


def test_av1_is_taken_where_it_is_quick_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_choice, "TRIAL_LIMIT_S", 60.0)
    monkeypatch.setattr(preset_choice, "QUICK_S", 0.0)
    assert choose_base(WIDTH, HEIGHT, 1) == BaseChoice(base=AV1, preset=7)


def test_a_quick_machine_takes_a_fine_preset_whose_keyframes_are_quick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in ("TRIAL_LIMIT_S", "QUICK_S", "KEYFRAME_LIMIT_S"):
        monkeypatch.setattr(preset_choice, limit, 60.0)
    assert choose_base(WIDTH, HEIGHT, 1) == BaseChoice(base=AV1, preset=FINE_PRESETS[0])
    monkeypatch.setattr(preset_choice, "KEYFRAME_LIMIT_S", 0.0)
    assert choose_base(WIDTH, HEIGHT, 1) == BaseChoice(base=AV1, preset=7)


@pytest.mark.parametrize("preset", FINE_PRESETS)
def test_fine_presets_give_a_packet_for_each_picture(preset: int) -> None:
    encoder = BaseEncoder(AV1, WIDTH, HEIGHT, crf=40, scale=FULL_SIZE, preset=preset, bitrate_bps=60_000)
    decoder = BaseDecoder(AV1, (WIDTH, HEIGHT))
    for number, rgb in enumerate(moving(WIDTH, HEIGHT, 6)):
        decoded = decoder.decode(encoder.encode(rgb, keyframe=number == 0), (WIDTH, HEIGHT))
        assert np.abs(decoded.astype(int) - rgb).mean() < 30


def test_a_fine_preset_whose_keyframes_take_long_is_left_for_good() -> None:
    keeper = keeper_after(0.9 * QUICK_S, preset=5)
    keeper.coded(1.1 * KEYFRAME_LIMIT_S, keyframe=True)
    assert not keeper.change(keyframe=False)
    assert keeper.change(keyframe=True) and keeper.preset == 6
    for _ in range(SETTLED_FRAMES):
        keeper.coded(0.9 * QUICK_S)
    assert not keeper.change(keyframe=True) and keeper.preset == 6


def test_slow_keyframes_of_an_ordinary_preset_change_nothing() -> None:
    keeper = keeper_after(0.9 * SLOW_S, preset=8)
    keeper.coded(1.1 * KEYFRAME_LIMIT_S, keyframe=True)
    assert not keeper.change(keyframe=True)


def test_x264_is_taken_where_av1_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_choice, "TRIAL_LIMIT_S", 0.0)
    assert choose_base(WIDTH, HEIGHT, 1).base is H264


def test_x264_is_taken_where_this_pyav_lacks_av1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_choice, "installed_formats", lambda: (H264,))
    assert choose_base(WIDTH, HEIGHT, 1).base is H264


def test_no_encoder_at_all_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_choice, "installed_formats", lambda: ())
    with pytest.raises(BackendError, match="pip install av"):
        choose_base(WIDTH, HEIGHT, 1)


@pytest.mark.parametrize(
    ("seconds", "keyframe", "expected"),
    [
        (1.1 * LATE_S, False, 10),
        (0.9 * LATE_S, False, 8),
        (0.9 * LATE_S, True, 10),
        (0.9 * SLOW_S, True, 8),
        (1.1 * QUICK_S, True, 8),
        (0.9 * QUICK_S, True, 7),
        (0.9 * QUICK_S, False, 8),
    ],
)
def test_a_change_comes_at_once_where_it_must_and_else_with_a_keyframe(
    seconds: float, keyframe: bool, expected: int
) -> None:
    keeper = keeper_after(seconds)
    assert keeper.change(keyframe=keyframe) == (expected != 8)
    assert keeper.preset == expected


def test_a_preset_is_not_judged_before_it_has_settled() -> None:
    keeper = keeper_after(1.0, frames=SETTLED_FRAMES - 1)
    assert not keeper.change(keyframe=True)
    keeper.coded(1.0)
    assert keeper.change(keyframe=True)
    assert not keeper.change(keyframe=True), "the new preset has not been seen yet"


def test_there_is_nothing_beyond_the_first_and_the_last_preset() -> None:
    assert not keeper_after(1.0, preset=PRESETS[-1]).change(keyframe=True)
    assert not keeper_after(0.001, preset=PRESETS[0]).change(keyframe=True)


@pytest.mark.parametrize(
    "choice",
    [BaseChoice(base=AV1, preset=8, pinned=True), BaseChoice(base=H264, preset=12)],
    ids=["pinned", "h264"],
)
def test_a_pinned_preset_and_the_only_one_of_h264_stay(choice: BaseChoice) -> None:
    keeper = PresetKeeper(choice)
    for _ in range(SETTLED_FRAMES):
        keeper.coded(1.0)
    assert not keeper.change(keyframe=True)


def test_one_slow_frame_changes_nothing() -> None:
    keeper = keeper_after(0.02, frames=4 * SETTLED_FRAMES)
    keeper.coded(10 * SLOW_S)
    assert not keeper.change(keyframe=True)
