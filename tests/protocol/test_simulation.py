"""A sender and several receivers on virtual time: delay, loss, late joins, kills, restarts."""

from __future__ import annotations

import itertools
from dataclasses import replace

from narrowcast.protocol.rate.congestion_window import STOP_AND_WAIT
from narrowcast.protocol.session.events import (
    LinkDown,
    LinkUp,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    Rejected,
)
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.wire.session_messages import CodecOffer, RejectCode
from tests.protocol.simulated_link import STREAM, Pipe, SimulatedReceiver, Simulation

FRAME_US = 50_000


def test_three_receivers_see_every_frame_at_full_rate() -> None:
    simulation = Simulation()
    receivers = [simulation.add(SimulatedReceiver(name)) for name in ("a", "b", "c")]
    simulation.run(5.0)
    assert len(simulation.keyframes_us) <= 2
    for receiver in receivers:
        assert len(receiver.shown_us) >= 95
        assert receiver.failures == 0
        assert receiver.session.frames_missed == 0


def test_different_delays_stay_in_step_and_late_joiner_gets_a_keyframe_quickly() -> None:
    simulation = Simulation()
    near, far = simulation.add(SimulatedReceiver("near")), simulation.add(SimulatedReceiver("far"))
    far.to_receiver.delay_us = far.to_sender.delay_us = 28_000
    simulation.run(4.0)
    keyframes = len(simulation.keyframes_us)
    joined_us = simulation.now_us
    late = simulation.add(SimulatedReceiver("late"))
    simulation.run(4.0)
    assert len(simulation.keyframes_us) == keyframes + 1
    assert late.shown_us[0] - joined_us < 200_000
    for receiver in (near, far, late):
        assert receiver.failures == 0
        assert receiver.longest_gap_us(joined_us + 300_000, simulation.now_us) <= 3 * FRAME_US


def test_two_receivers_behind_a_long_link_stay_in_step() -> None:
    simulation = Simulation()
    for name, delay_us in (("a", 60_000), ("b", 66_000)):
        receiver = simulation.add(SimulatedReceiver(name))
        receiver.to_receiver.delay_us = receiver.to_sender.delay_us = delay_us
    simulation.run(10.0)
    assert len(simulation.keyframes_us) <= 3
    assert all(len(r.shown_us) > 60 for r in simulation.receivers)


def test_killed_receiver_never_stalls_the_other() -> None:
    for connection_known in (True, False):
        simulation = Simulation()
        survivor = simulation.add(SimulatedReceiver("survivor"))
        victim = simulation.add(SimulatedReceiver("victim"))
        simulation.run(2.0)
        killed_us = simulation.now_us
        simulation.kill(victim, connection_known=connection_known)
        simulation.run(12.0)
        assert survivor.longest_gap_us(killed_us, simulation.now_us) <= 4 * FRAME_US
        assert survivor.failures == 0
        assert [event for event in simulation.sender_events if isinstance(event, ReceiverLeft)]
        assert len(simulation.sender.receivers) == 1
        assert any(isinstance(e, ReceiverStalled) for e in simulation.sender_events) is not connection_known


def test_thin_link_gets_keyframes_ever_more_rarely_and_never_slows_the_others() -> None:
    simulation = Simulation()
    fast = simulation.add(SimulatedReceiver("fast"))
    thin = simulation.add(SimulatedReceiver("thin"))
    thin.to_receiver.rate_bps = 30_000  # an inter frame takes 0.12 s of it, two frames' time
    simulation.run(40.0)
    assert len(fast.shown_us) > 0.95 * 40 * STREAM.fps
    assert fast.longest_gap_us(2_000_000, simulation.now_us) <= 4 * FRAME_US
    assert fast.failures == thin.failures == 0
    assert thin.session.frames_missed > 0
    assert len(thin.shown_us) >= 5
    intervals = [b - a for a, b in itertools.pairwise(simulation.keyframes_us)]
    assert min(intervals) >= 500_000
    assert intervals[-1] > 3 * intervals[0]
    assert len(simulation.keyframes_us) < 12


def test_thin_link_alone_is_paced_by_its_credit_and_shows_fresh_frames() -> None:
    simulation = Simulation()
    thin = simulation.add(SimulatedReceiver("thin"))
    thin.to_receiver.rate_bps = 40_000
    simulation.run(20.0)
    assert len(simulation.keyframes_us) == 1
    assert thin.failures == 0
    assert thin.session.frames_missed == 0
    steady = thin.ages_us[10:]
    assert max(steady) < 400_000
    [receiver] = simulation.sender.receivers
    budget_bps = receiver.budget_bps
    assert 0.6 * 40_000 < budget_bps < 1.1 * 40_000


def test_lost_messages_never_reach_the_decoder_as_a_broken_chain() -> None:
    simulation = Simulation()
    lossy, clean = simulation.add(SimulatedReceiver("lossy")), simulation.add(SimulatedReceiver("clean"))
    simulation.run(1.0)
    pattern = itertools.cycle([False] * 17 + [True])
    lossy.to_receiver = Pipe(lost=pattern)
    simulation.run(3.0)
    lossy.to_receiver.lost = itertools.repeat(False)
    simulation.run(60.0)
    assert lossy.failures == clean.failures == 0
    assert simulation.now_us - lossy.shown_us[-1] < 2 * FRAME_US
    assert clean.longest_gap_us(2_000_000, simulation.now_us) <= 4 * FRAME_US


def test_restarted_sender_is_noticed_and_its_new_chain_taken() -> None:
    simulation = Simulation()
    receiver = simulation.add(SimulatedReceiver("r"))
    simulation.run(2.0)
    simulation.start_sender(epoch=8)
    restarted_us = simulation.now_us
    simulation.run(3.0)
    assert [type(e) for e in receiver.events if isinstance(e, LinkUp | LinkDown)] == [
        LinkUp,
        LinkDown,
        LinkUp,
    ]
    assert receiver.longest_gap_us(restarted_us, simulation.now_us) < 2_000_000
    assert receiver.failures == 0


def test_sender_that_says_goodbye_ends_the_link_and_a_silent_one_times_out() -> None:
    simulation = Simulation()
    receiver = simulation.add(SimulatedReceiver("r"))
    simulation.run(1.0)
    simulation.sender.close("the file is over")
    simulation.run(0.5)
    down = [event for event in receiver.events if isinstance(event, LinkDown)]
    assert [event.ended for event in down] == [True]
    assert "the file is over" in down[0].reason

    simulation = Simulation()
    receiver = simulation.add(SimulatedReceiver("r"))
    simulation.run(1.0)
    receiver.to_receiver.cut = True
    simulation.run(11.0)
    down = [event for event in receiver.events if isinstance(event, LinkDown)]
    assert [event.ended for event in down] == [False]
    assert "nothing heard" in down[0].reason


def test_clock_of_another_machine_is_found_and_ages_are_right() -> None:
    simulation = Simulation()
    receiver = simulation.add(SimulatedReceiver("r", clock_offset_us=987_654_321))
    receiver.to_receiver.delay_us = 30_000
    receiver.to_sender.delay_us = 10_000
    simulation.run(4.0)
    now_us = simulation.now_us + receiver.clock_offset_us
    offset_us, error_us = receiver.session.clock.offset_us(now_us), receiver.session.clock.error_us(now_us)
    assert offset_us is not None and error_us is not None
    assert abs(offset_us + 987_654_321) <= error_us < 25_000
    assert all(abs(age_us - 31_000) <= error_us + 2000 for age_us in receiver.ages_us[30:])


def test_one_receiver_too_many_is_told_and_comes_in_when_a_place_is_free() -> None:
    simulation = Simulation(max_receivers=1)
    first = simulation.add(SimulatedReceiver("first"))
    simulation.run(1.0)
    second = simulation.add(SimulatedReceiver("second"))
    simulation.run(1.0)
    rejected = [event for event in second.events if isinstance(event, Rejected)]
    assert rejected[0].code == RejectCode.FULL and not rejected[0].final
    assert [e.code for e in simulation.sender_events if isinstance(e, ReceiverRejected)] == [RejectCode.FULL]
    first.session.close("enough")
    simulation.run(6.0)
    assert second.shown_us


def test_other_model_is_rejected_for_good_with_a_way_out() -> None:
    simulation = Simulation()
    receiver = SimulatedReceiver("old")
    offers = (CodecOffer(name="gan", model_id="model-0"),)
    receiver.session = ReceiverSession(replace(receiver.session.config, codecs=offers))
    simulation.add(receiver)
    simulation.run(8.0)
    rejected = [event for event in receiver.events if isinstance(event, Rejected)]
    assert len(rejected) == 1 and rejected[0].final
    assert "model-0" in rejected[0].text and "such as jpeg" in rejected[0].text
    assert len(simulation.sender.receivers) == 0


def test_a_frame_that_was_begun_with_credit_arrives_though_the_credit_shrank() -> None:
    simulation = Simulation()
    simulation.encoder.encode_us = 30_000
    receiver = simulation.add(SimulatedReceiver("r"))
    receiver.to_receiver.delay_us = receiver.to_sender.delay_us = 60_000
    simulation.run(3.0)
    [state] = simulation.sender.receivers
    while simulation.begun is None or not state.in_flight:
        simulation.run(0.001)
    begun = simulation.begun
    assert begun.receivers == {state.session}
    # Another frame is in flight: where only one may be, there is no credit for the one that is being coded.
    state.window = STOP_AND_WAIT
    receiver.to_sender.frozen = True
    while simulation.begun is begun:
        assert not state.has_credit
        simulation.run(0.001)
    assert state.in_flight[-1].sequence == begun.sequence
    receiver.to_sender.frozen = False
    simulation.run(1.0)
    assert receiver.session.frames_missed == 0 and len(simulation.keyframes_us) == 1


def test_a_receiver_that_joins_while_a_keyframe_is_coded_gets_the_next_one() -> None:
    simulation = Simulation()
    simulation.encoder.encode_us = 100_000
    first = simulation.add(SimulatedReceiver("first"))
    while simulation.begun is None:
        simulation.run(0.001)
    begun = simulation.begun
    second = simulation.add(SimulatedReceiver("second"))
    while len(simulation.sender.receivers) < 2:
        simulation.run(0.001)
    assert simulation.begun is begun and begun.keyframe
    simulation.run(2.0)
    first_us, second_us = simulation.keyframes_us
    assert first_us < first.shown_us[0] < second_us < second.shown_us[0]
    assert first.failures == second.failures == 0
