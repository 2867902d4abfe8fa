"""Stills over simulated links, while the stream goes on."""

from __future__ import annotations

import random

import pytest

from narrowcast.protocol.session.events import StillWanted
from narrowcast.protocol.stills.fetch import StillArrived, StillFailed
from narrowcast.protocol.wire.sizes import message_wire_bytes
from tests.protocol.simulated_link import SimulatedReceiver, Simulation
from tests.protocol.test_simulated_rates import p95, simulate

PNG = random.Random(1).randbytes(40_000)


def stills_of(receiver: SimulatedReceiver) -> list[StillArrived]:
    return [event for event in receiver.events if isinstance(event, StillArrived)]


def fetch(simulation: Simulation, receiver: SimulatedReceiver, png: bytes, *, seconds: float) -> None:
    """Ask for a still and let time pass until it is there."""
    simulation.still_png = png
    receiver.session.request_still(5)
    end_us = simulation.now_us + round(1e6 * seconds)
    while not stills_of(receiver) and simulation.now_us < end_us:
        simulation.run(0.1)


def granted_bps(simulation: Simulation) -> float:
    """The rate that the newest frame was coded for."""
    assert simulation.last_grant is not None and simulation.last_grant.rate_bps is not None
    return simulation.last_grant.rate_bps


@pytest.mark.parametrize(
    ("kbps", "cap_kbps"), [(64, 0.0), (10_000, 64.0), (256, 0.0)], ids=["link", "cap", "wider"]
)
def test_a_still_comes_whole_and_the_stream_stays_fresh(kbps: float, cap_kbps: float) -> None:
    simulation, receiver, _ = simulate(kbps, cap_kbps=cap_kbps)
    simulation.run(5)
    before = len(receiver.ages_us)
    simulation.run(20)
    usual_us = p95(receiver.ages_us[before:])
    before = len(receiver.ages_us)
    fetch(simulation, receiver, PNG, seconds=60)
    assert [event.png for event in stills_of(receiver)] == [PNG]
    ages_us = receiver.ages_us[before:]
    assert len(ages_us) > 20 and p95(ages_us) <= 2 * usual_us
    assert receiver.failures == 0 and len(simulation.keyframes_us) == 1


def test_the_cap_holds_while_a_still_is_sent() -> None:
    simulation, receiver, _ = simulate(10_000, delay_ms=5, cap_kbps=48.0)
    simulation.run(5)
    fetch(simulation, receiver, PNG, seconds=90)
    assert stills_of(receiver)
    answers = [(at_us, message_wire_bytes(0) - 2) for at_us, _ in receiver.to_sender.sent]
    receiver.to_receiver.sent = sorted(receiver.to_receiver.sent + answers)
    assert receiver.to_receiver.peak_kbps() <= 1.01 * 48


def test_the_stream_gets_its_share_back_afterwards() -> None:
    simulation, receiver, _ = simulate(128)
    simulation.run(10)
    usual_bps = granted_bps(simulation)
    simulation.still_png = PNG
    receiver.session.request_still(5)
    simulation.run(1)
    during_bps = granted_bps(simulation)
    fetch(simulation, receiver, PNG, seconds=60)
    simulation.run(3)
    after_bps = granted_bps(simulation)
    assert during_bps < 0.85 * usual_bps and after_bps > 0.9 * usual_bps


def test_a_connection_that_breaks_does_not_cost_what_has_come() -> None:
    simulation, receiver, _ = simulate(64)
    simulation.run(5)
    simulation.still_png = PNG
    receiver.session.request_still(5)
    simulation.run(8)
    progress = receiver.session.still_progress
    assert progress is not None and progress.received_bytes > 5000
    receiver.route_gone = receiver.to_sender.frozen = receiver.to_receiver.frozen = True
    fetch(simulation, receiver, PNG, seconds=60)
    assert receiver.connections == 2
    assert [event.png for event in stills_of(receiver)] == [PNG]
    assert len([event for event in simulation.sender_events if isinstance(event, StillWanted)]) == 1


def test_a_picture_that_the_sender_no_longer_has_is_told() -> None:
    simulation, receiver, _ = simulate(128)
    simulation.run(2)
    receiver.session.request_still(0)
    simulation.run(2)
    failed = [event for event in receiver.events if isinstance(event, StillFailed)]
    assert failed == [StillFailed(sequence=0, reason="the camera has forgotten it")]


def test_a_wide_link_that_the_stream_does_not_fill_is_used_for_the_still() -> None:
    simulation, receiver, encoder = simulate(10_000, delay_ms=5)
    encoder.activity = 0.1
    simulation.run(5)
    start_us = simulation.now_us
    fetch(simulation, receiver, random.Random(2).randbytes(400_000), seconds=20)
    assert stills_of(receiver) and simulation.now_us - start_us < 5_000_000
