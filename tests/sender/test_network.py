"""The hand-over between the coding thread and the sender's network thread."""

from __future__ import annotations

from narrowcast.worker import Worker
from protocol import (
    CodecOffer,
    Link,
    OutgoingFrame,
    ReceiverConfig,
    ReceiverSession,
    SenderConfig,
    SenderSession,
    StreamParameters,
    Transport,
    TransportConfig,
)
from runtime.clock import now_us
from sender.network import SenderNetwork
from tests.pipelines import wait_until

FRAME = OutgoingFrame(payload=b"picture", keyframe=True, capture_us=0)


def test_one_order_at_a_time_and_none_before_the_frame_was_taken() -> None:
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    stream = StreamParameters(width=64, height=64, fps=30.0, codec="jpeg")
    network = SenderNetwork(SenderSession(SenderConfig(stream=stream, epoch=1, instance=1)), transport)
    network.start()
    assert not network.wait_for_order(0.05)

    other_end = Transport(TransportConfig(url=transport.url, bind=False))
    receiver = ReceiverSession(ReceiverConfig(codecs=(CodecOffer(name="jpeg"),), instance=2))
    link = Link(receiver, other_end, now_us)
    wait_until(lambda: network.wait_for_order(0.01), lambda: link.step(10))
    order = network.take_order()
    assert order is not None
    assert order.keyframe
    assert network.take_order() is None

    network.send(FRAME)
    wait_until(lambda: network.gauges.in_flight == 1)
    assert not network.wait_for_order(0.05)
    wait_until(lambda: receiver.frames_waiting == 1, lambda: link.step(10))
    assert receiver.take_frame(now_us()) is not None
    link.flush()
    network.drain(10.0)
    assert network.gauges.in_flight == 0

    # Read meanwhile: a goodbye that is not read before the connection ends is lost.
    stopping = Worker("stop", lambda: network.stop("the test is over"))
    stopping.start()
    wait_until(lambda: not receiver.linked, lambda: link.step(10))
    stopping.join(5.0)
    network.check()
    other_end.close()


def test_an_order_that_was_given_back_comes_again() -> None:
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    stream = StreamParameters(width=64, height=64, fps=30.0, codec="jpeg")
    network = SenderNetwork(SenderSession(SenderConfig(stream=stream, epoch=1, instance=1)), transport)
    network.start()
    other_end = Transport(TransportConfig(url=transport.url, bind=False))
    session = ReceiverSession(ReceiverConfig(codecs=(CodecOffer(name="jpeg"),), instance=2))
    link = Link(session, other_end, now_us)
    wait_until(lambda: network.wait_for_order(0.01), lambda: link.step(10))
    assert network.take_order() is not None
    network.give_back_order()
    assert network.wait_for_order(5.0)
    network.stop("the test is over")
    other_end.close()
