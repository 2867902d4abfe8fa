"""Rate-distortion points: rates and scored frames."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.peers.peer import code_clip
from narrowcast.benchmark.rd.curves import kbps_of
from narrowcast.benchmark.rd.measure import measure_peer, scored_frames, steps_of
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.codec.metrics.temporal import temporal_lpips
from tests.benchmark.bench_samples import SteppedPeer, make_clip
from tests.codec.metrics.small_distances import small_lpips_alex


def test_rates_count_the_keyframe() -> None:
    clip, peer = make_clip(6), SteppedPeer()
    point = measure_peer(clip, peer, {"psnr": psnr}, every=2, on_step=lambda count: None)[0]
    assert (point.codec, point.setting, point.frames) == ("stepped", "step 64", 6)
    assert point.keyframe_bytes == 300
    assert point.kbps == pytest.approx(8 * (300 + 5 * 150) / 6 * 15 / 1000)
    assert point.inter_kbps == pytest.approx(8 * 150 * 15 / 1000)
    assert point.bpp == pytest.approx(8 * (300 + 5 * 150) / 6 / (128 * 96))


def test_points_come_from_fewest_bits_to_most_with_their_scores() -> None:
    clip, peer = make_clip(6), SteppedPeer()
    points = measure_peer(clip, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    decoded = code_clip(peer, clip, 16).frames
    assert [point.setting_value for point in points] == [64, 32, 16]
    assert points[2].scores["psnr"] == pytest.approx(psnr(clip.frames[2], [decoded[2]])[0])


def test_progress_arrives_where_it_was_promised() -> None:
    steps: list[int] = []
    metrics = {"psnr": psnr, "dists": psnr}
    measure_peer(make_clip(9), SteppedPeer(), metrics, every=2, on_step=steps.append)
    assert sum(steps) == steps_of(SteppedPeer(), 9, metrics, 2)


def test_one_picture_has_no_inter_frames_and_no_flicker() -> None:
    point = measure_peer(make_clip(1), SteppedPeer(), {"psnr": psnr}, every=4, on_step=lambda count: None)[0]
    assert point.inter_kbps is None
    assert point.flicker is None


@pytest.mark.parametrize(
    ("frames", "every", "costly", "expected"),
    [
        (40, 5, False, [2, 7, 12, 17, 22, 27, 32, 37]),
        (40, 5, True, [2, 17, 32]),
        (40, 20, False, [10, 31]),
        (40, 10, True, [5, 36]),
        (1, 5, False, [0]),
        (2, 5, True, [1]),
        (3, 1, False, [0, 1, 2]),
    ],
)
def test_scored_frames(frames: int, every: int, costly: bool, expected: list[int]) -> None:
    assert list(scored_frames(frames, every, costly)) == expected


def test_scored_frames_meet_every_layer_of_a_pyramid() -> None:
    assert {index % 8 for index in scored_frames(40, 5, costly=False)} == set(range(8))


def test_kbps() -> None:
    assert kbps_of([1000, 500], 10) == pytest.approx(60)


def test_a_point_has_temporal_lpips_where_it_is_asked_for() -> None:
    clip, lpips = make_clip(4), small_lpips_alex()
    point = measure_peer(
        clip, SteppedPeer(), {"psnr": psnr}, every=2, on_step=lambda count: None, temporal=lpips
    )[0]
    decoded = code_clip(SteppedPeer(), clip, 64).frames
    assert [point.temporal_lpips] == temporal_lpips(lpips, clip.frames, [decoded], [1])
