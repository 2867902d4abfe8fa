"""The hand-over between the coding thread and the sender's network thread, over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from narrowcast.protocol import (
    CodecOffer,
    FrameGrant,
    FrameMessage,
    Link,
    ReceiverSession,
    ReceiverSessionConfig,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.protocol.rate.congestion_window import STOP_AND_WAIT, CongestionWindow
from narrowcast.runtime.clock import now_us
from narrowcast.sender.network import SenderNetwork
from narrowcast.worker import Worker
from tests.pipelines import wait_until

STREAM = StreamParameters(width=64, height=64, fps=30.0, codec="jpeg")


class Receiver:
    """A receiver's session and socket, driven step by step."""

    def __init__(self, url: str, instance: int) -> None:
        self.transport = Transport(TransportConfig(url=url, bind=False))
        self.session = ReceiverSession(
            ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=instance)
        )
        self.link = Link(self.session, self.transport, now_us)

    def step(self) -> None:
        """Take in and send out what there is."""
        self.link.step(10)

    def take_frame(self) -> int:
        """Wait for a frame and acknowledge it; returns its sequence."""
        wait_until(lambda: self.session.frames_waiting > 0, self.step)
        frame = self.session.take_frame(now_us())
        self.link.flush()
        assert frame is not None
        return frame.sequence


@contextmanager
def started() -> Iterator[tuple[SenderNetwork, SenderSession, Callable[[int], Receiver]]]:
    """A sender's network thread that listens, its session, and a way to connect a receiver to it."""
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    session = SenderSession(SenderSessionConfig(stream=STREAM, epoch=1, instance=1))
    network = SenderNetwork(session, transport)
    receivers: list[Receiver] = []

    def connect(instance: int) -> Receiver:
        receivers.append(Receiver(transport.url, instance))
        return receivers[-1]

    network.start()
    try:
        yield network, session, connect
    finally:
        network.stop("the test is over")
        for receiver in receivers:
            receiver.transport.close()


def begun(network: SenderNetwork, receiver: Receiver) -> FrameGrant:
    """Wait for a grant and begin its frame."""
    wait_until(lambda: network.wait_for_grant(0.01), receiver.step)
    grant = network.begin_frame()
    assert grant is not None
    return grant


def coded(grant: FrameGrant) -> FrameMessage:
    """Make a frame that any receiver can use, as a codec without prediction does."""
    return grant.frame(payload=b"picture", keyframe=True, capture_sender_us=0)


def test_one_grant_at_a_time_and_none_before_the_frame_was_taken() -> None:
    with started() as (network, _, connect):
        assert not network.wait_for_grant(0.05)
        receiver = connect(2)
        grant = begun(network, receiver)
        assert grant.keyframe
        assert network.begin_frame() is None
        network.send_frame(grant, coded(grant))
        wait_until(lambda: network.gauges.in_flight == 1)
        assert not network.wait_for_grant(0.05)
        assert receiver.take_frame() == grant.sequence
        network.drain(10.0)
        assert network.gauges.in_flight == 0

        # Read meanwhile: a goodbye that is not read before the connection ends is lost.
        stopping = Worker("stop", lambda: network.stop("the test is over"))
        stopping.start()
        wait_until(lambda: not receiver.session.linked, receiver.step)
        stopping.join(5.0)
        network.check()


def test_a_grant_that_was_cancelled_comes_again() -> None:
    with started() as (network, _, connect):
        receiver = connect(2)
        grant = begun(network, receiver)
        network.cancel_frame(grant)
        assert network.wait_for_grant(5.0)
        again = network.begin_frame()
        assert again is not None and again.sequence == grant.sequence


def test_a_frame_begun_goes_to_whom_it_was_promised_and_to_none_that_joined_meanwhile() -> None:
    with started() as (network, session, connect):
        receiver = connect(2)
        first = begun(network, receiver)
        network.send_frame(first, coded(first))
        wait_until(lambda: network.gauges.in_flight == 1, receiver.step)
        [state] = session.receivers
        state.window = CongestionWindow(frames=1, wire_bytes=10_000)
        second = begun(network, receiver)
        assert second.receivers == {state.session}

        # While the second frame is coded, the receiver's credit shrinks and another receiver joins.
        state.window = STOP_AND_WAIT
        assert not state.has_credit
        newcomer = connect(3)
        wait_until(lambda: network.gauges.receivers == 2, newcomer.step)
        network.send_frame(second, coded(second))
        wait_until(lambda: network.gauges.in_flight == 2, newcomer.step)
        assert [receiver.take_frame(), receiver.take_frame()] == [first.sequence, second.sequence]
        assert receiver.session.frames_missed == 0

        own = begun(network, newcomer)
        network.send_frame(own, coded(own))
        assert newcomer.take_frame() == own.sequence, "it got none of the frames before"


def test_with_no_receiver_the_thread_sleeps_longer_and_a_receiver_is_still_answered_at_once() -> None:
    with started() as (network, _, connect):
        wait_until(lambda: network._step_ms > 50)
        receiver = connect(1)
        wait_until(lambda: receiver.session.linked, receiver.step)
        wait_until(lambda: network._step_ms <= 10)
