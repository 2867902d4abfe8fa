"""Faults of links and machines: frames flow again within two seconds, and never on a wrong reference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.protocol.fake_codec import SceneEncoder
from tests.protocol.simulated_link import STREAM, SimulatedReceiver, Simulation

RECOVERY_US = 2_000_000
HOUR_US = 3_600_000_000


def streaming(kbps: float = 64.0) -> tuple[Simulation, SimulatedReceiver]:
    """A stream over a thin link that has settled."""
    simulation = Simulation(replace(STREAM, fps=15.0))
    simulation.encoder = SceneEncoder()
    receiver = simulation.add(SimulatedReceiver("r", decode_us=30_000))
    for pipe in (receiver.to_receiver, receiver.to_sender):
        pipe.rate_bps, pipe.delay_us = 1000 * kbps, 20_000
    simulation.run(10)
    assert len(receiver.shown_us) > 50
    return simulation, receiver


def assert_recovers(simulation: Simulation, receiver: SimulatedReceiver, *, oldest_us: int = 700_000) -> None:
    """Within two seconds of now frames are shown, and then all the time, each on its own reference."""
    cause_gone_us = simulation.now_us
    shown, ages = len(receiver.shown_us), len(receiver.ages_us)
    simulation.run(8)
    after_us = receiver.shown_us[shown:]
    assert after_us and after_us[0] - cause_gone_us <= RECOVERY_US
    assert receiver.longest_gap_us(after_us[0], simulation.now_us) <= 1_000_000
    late = receiver.ages_us[ages:][-20:]
    assert len(late) == 20 and max(late) < oldest_us
    assert receiver.failures == 0


def freeze(receiver: SimulatedReceiver, frozen: bool) -> None:
    receiver.to_receiver.frozen = receiver.to_sender.frozen = frozen


@pytest.mark.parametrize("seconds", [1, 3, 10, 60])
def test_a_link_that_carries_nothing_for_a_while(seconds: int) -> None:
    simulation, receiver = streaming()
    freeze(receiver, True)
    simulation.run(seconds)
    freeze(receiver, False)
    keyframes = len(simulation.keyframes_us)
    assert_recovers(simulation, receiver)
    # A short break is survived by the connection, and with it the chain; a long one needs a new beginning.
    assert (len(simulation.keyframes_us) > keyframes) == (seconds > 1)


def test_an_address_that_changed_leaves_a_connection_that_is_silent_for_ever() -> None:
    simulation, receiver = streaming()
    receiver.route_gone = True
    freeze(receiver, True)
    assert_recovers(simulation, receiver)
    assert receiver.connections == 2


def test_a_sender_that_was_killed_and_started_again() -> None:
    simulation, receiver = streaming()
    receiver.disconnect()
    freeze(receiver, True)
    simulation.run(5)
    simulation.start_sender(epoch=8)
    freeze(receiver, False)
    assert_recovers(simulation, receiver)


def test_a_receiver_that_was_killed_and_started_again() -> None:
    simulation, receiver = streaming()
    simulation.kill(receiver, connection_known=False)
    simulation.run(3)
    again = simulation.add(SimulatedReceiver("again", decode_us=30_000))
    for pipe in (again.to_receiver, again.to_sender):
        pipe.rate_bps, pipe.delay_us = 64_000.0, 20_000
    assert_recovers(simulation, again)


def test_a_camera_that_was_unplugged_for_a_minute_breaks_no_link() -> None:
    simulation, receiver = streaming()
    simulation.camera_on = False
    simulation.run(60)
    simulation.camera_on = True
    keyframes = len(simulation.keyframes_us)
    assert_recovers(simulation, receiver)
    assert receiver.connections == 1 and len(simulation.keyframes_us) == keyframes


@pytest.mark.parametrize("clock_counts_sleep", [True, False])
def test_a_receiver_that_was_suspended(clock_counts_sleep: bool) -> None:
    simulation, receiver = streaming()
    receiver.alive = False
    simulation.run(60)
    # The connection outlives the sleep, or the sender has closed it: here it has.
    receiver.disconnect()
    receiver.alive = True
    receiver.clock_offset_us += HOUR_US if clock_counts_sleep else -60_000_000
    assert_recovers(simulation, receiver)
    now_us = simulation.now_us + receiver.clock_offset_us
    offset_us = receiver.session.clock.offset_us(now_us)
    assert offset_us is not None and abs(offset_us + receiver.clock_offset_us) < 50_000


@pytest.mark.parametrize("burst_bytes", [0, 1600])
def test_a_link_that_is_suddenly_thin_is_not_given_up_again_and_again(burst_bytes: int) -> None:
    simulation, receiver = streaming(256)
    receiver.to_receiver.burst_bytes = burst_bytes
    simulation.run(10)
    receiver.to_receiver.rate_bps = receiver.to_sender.rate_bps = 16_000.0
    simulation.run(12)
    # Frames of 430 bytes at least, two in a message: one takes half a second on such a link.
    assert_recovers(simulation, receiver, oldest_us=900_000)


def test_many_faults_one_after_another() -> None:
    simulation, receiver = streaming()
    for kbps, seconds in ((16, 2), (256, 4), (32, 1), (128, 12), (64, 3)):
        freeze(receiver, True)
        simulation.run(seconds)
        receiver.to_receiver.rate_bps = receiver.to_sender.rate_bps = 1000.0 * kbps
        freeze(receiver, False)
        cause_gone_us = simulation.now_us
        simulation.run(6)
        assert receiver.longest_gap_us(cause_gone_us, simulation.now_us) <= 3_000_000
    assert_recovers(simulation, receiver)
