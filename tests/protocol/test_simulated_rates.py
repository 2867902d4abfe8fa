"""Rate control and flow control over simulated links: thin, distant, bursty, capped, and changing."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from narrowcast.protocol.wire.sizes import message_wire_bytes
from tests.protocol.fake_codec import SceneEncoder
from tests.protocol.simulated_link import STREAM, SimulatedReceiver, Simulation

FPS = 15.0


def simulate(
    kbps: float, *, delay_ms: int = 20, cap_kbps: float = 0.0, burst_bytes: int = 0, mood: float = 0.0
) -> tuple[Simulation, SimulatedReceiver, SceneEncoder]:
    """A sender that codes for 25 ms, a link, and a receiver that decodes for 30 ms."""
    simulation = Simulation(replace(STREAM, fps=FPS, max_kbps=cap_kbps))
    encoder = SceneEncoder(mood=mood)
    simulation.encoder = encoder
    receiver = simulation.add(SimulatedReceiver("r", decode_us=30_000))
    for pipe in (receiver.to_receiver, receiver.to_sender):
        pipe.rate_bps, pipe.delay_us = 1000 * kbps, 1000 * delay_ms
    receiver.to_receiver.burst_bytes = burst_bytes
    return simulation, receiver, encoder


def p95(values: list[int]) -> int:
    return sorted(values)[int(0.95 * len(values))]


def test_at_64_kbps_fifteen_frames_nearly_and_fresh() -> None:
    simulation, receiver, _ = simulate(64)
    simulation.run(5)
    shown, ages = len(receiver.shown_us), len(receiver.ages_us)
    simulation.run(20)
    assert len(receiver.shown_us) - shown >= 12.5 * 20
    assert p95(receiver.ages_us[ages:]) <= 250_000
    assert receiver.failures == 0 and len(simulation.keyframes_us) == 1


def test_at_32_kbps_two_frames_share_a_message() -> None:
    simulation, receiver, encoder = simulate(32)
    encoder.activity = 0.3
    simulation.run(5)
    shown, ages = len(receiver.shown_us), len(receiver.ages_us)
    sent, acked = len(receiver.to_receiver.sent), len(receiver.to_sender.sent)
    simulation.run(20)
    frames = len(receiver.shown_us) - shown
    assert frames >= 12.5 * 20
    assert len(receiver.to_receiver.sent) - sent < 0.7 * frames, "messages, PONGs among them"
    assert len(receiver.to_sender.sent) - acked < 0.7 * frames, "messages, most of them ACKs"
    assert p95(receiver.ages_us[ages:]) <= 350_000
    assert receiver.failures == 0 and len(simulation.keyframes_us) == 1


@pytest.mark.parametrize("delay_ms", [1, 50, 300])
def test_a_long_round_trip_costs_no_frames(delay_ms: int) -> None:
    simulation, receiver, _ = simulate(128, delay_ms=delay_ms)
    simulation.run(8)
    shown, ages = len(receiver.shown_us), len(receiver.ages_us)
    simulation.run(12)
    assert len(receiver.shown_us) - shown >= 13.5 * 12
    assert p95(receiver.ages_us[ages:]) <= 1000 * delay_ms + 250_000


@pytest.mark.parametrize("kbps", [128, 256])
def test_quality_stays_calm_on_a_steady_link(kbps: int) -> None:
    simulation, receiver, encoder = simulate(kbps)
    simulation.run(10)
    start = len(encoder.qualities)
    simulation.run(30)
    assert statistics.pstdev(encoder.qualities[start:]) < 0.05
    used_kbps = 8e-3 * sum(size for at_us, size in receiver.to_receiver.sent if at_us > 11_000_000) / 30
    assert 0.85 * kbps < used_kbps <= 1.01 * kbps


def test_a_token_bucket_is_not_mistaken_for_a_fast_link() -> None:
    simulation, receiver, encoder = simulate(128, burst_bytes=1600)
    simulation.run(10)
    start, ages = len(encoder.qualities), len(receiver.ages_us)
    simulation.run(30)
    assert statistics.pstdev(encoder.qualities[start:]) < 0.08
    assert p95(receiver.ages_us[ages:]) <= 280_000


@pytest.mark.parametrize(("before_kbps", "after_kbps"), [(64, 128), (64, 256), (16, 64)])
def test_a_better_link_is_used_within_ten_seconds(before_kbps: int, after_kbps: int) -> None:
    simulation, receiver, _ = simulate(before_kbps)
    simulation.run(20)
    receiver.to_receiver.rate_bps = receiver.to_sender.rate_bps = 1000.0 * after_kbps
    simulation.run(10)
    [peer] = simulation.sender.receivers
    assert peer.budget_bps > 0.6 * 1000 * after_kbps


def test_a_worse_link_never_makes_frames_old_for_long() -> None:
    simulation, receiver, _ = simulate(256)
    simulation.run(20)
    receiver.to_receiver.rate_bps = receiver.to_sender.rate_bps = 64_000.0
    simulation.run(3)
    ages = len(receiver.ages_us)
    simulation.run(10)
    assert max(receiver.ages_us[ages:]) < 350_000
    assert max(receiver.ages_us) < 1_200_000


@pytest.mark.parametrize("cap_kbps", [16.0, 48.0, 100.0])
def test_the_cap_holds_over_any_two_seconds_with_keyframes_asked_for_all_the_time(cap_kbps: float) -> None:
    simulation, receiver, _ = simulate(10_000, delay_ms=5, cap_kbps=cap_kbps, mood=0.08)
    for _ in range(6):
        simulation.run(4)
        receiver.session.decode_failed("a test", simulation.now_us)
    assert len(simulation.keyframes_us) >= 5
    # What the receiver sends makes TCP answer, in the worst case each time, in the direction that is capped.
    answers = [(at_us, message_wire_bytes(0) - 2) for at_us, _ in receiver.to_sender.sent]
    receiver.to_receiver.sent = sorted(receiver.to_receiver.sent + answers)
    assert receiver.to_receiver.peak_kbps() <= 1.01 * cap_kbps


def test_a_keyframe_too_large_for_the_cap_goes_in_parts_and_holds_it() -> None:
    simulation, receiver, encoder = simulate(10_000, delay_ms=5, cap_kbps=16.0)
    encoder.keyframe_bytes = 8000
    simulation.run(12)
    assert receiver.shown_us and receiver.failures == 0
    assert receiver.to_receiver.peak_kbps() <= 16.2


def test_a_slow_decoder_is_not_drowned() -> None:
    simulation, receiver, _ = simulate(10_000, delay_ms=100)
    receiver.decode_us = 150_000
    simulation.run(15)
    assert len(receiver.shown_us) > 3 * 15
    assert p95(receiver.ages_us) < 600_000
    assert receiver.failures == 0 and len(simulation.keyframes_us) <= 2
