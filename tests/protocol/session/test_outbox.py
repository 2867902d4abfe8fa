"""The outbox packs late, once for all who get the same."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.session.outbox import Outbox
from narrowcast.protocol.wire.messages import Ack, Message, Ping, Report
from narrowcast.protocol.wire.packing import unpack, unpack_all
from narrowcast.protocol.wire.session_messages import Bye


def stamp(message: Message, now_us: int) -> Message:
    return replace(message, sent_receiver_us=now_us) if isinstance(message, Ping) else message


def test_messages_leave_in_order_stamped_with_the_time_of_leaving() -> None:
    outbox = Outbox(stamp)
    outbox.put(b"a", Ping(number=1, sent_receiver_us=0))
    outbox.put(b"b", Bye(reason="over"))
    drained = outbox.drain(77)
    assert [message.peer for message in drained] == [b"a", b"b"]
    assert unpack(drained[0].data) == Ping(number=1, sent_receiver_us=77) == drained[0].message
    assert outbox.drain(78) == []


def test_one_message_for_several_peers_is_packed_once() -> None:
    outbox = Outbox(stamp)
    message = Bye(reason="over")
    outbox.put(b"a", message)
    outbox.put(b"b", message)
    first, second = outbox.drain(0)
    assert first.data is second.data


def test_what_waits_for_a_lost_peer_is_forgotten() -> None:
    outbox = Outbox(stamp)
    outbox.put(b"a", Bye())
    outbox.put(b"b", Bye())
    outbox.forget(b"a")
    assert [message.peer for message in outbox.drain(0)] == [b"b"]


def test_a_patient_message_rides_on_the_next_ack_of_its_peer() -> None:
    outbox = Outbox(stamp)
    outbox.put(b"a", Ping(number=1, sent_receiver_us=0), patience_us=100)
    outbox.put(b"a", Report(), patience_us=100)
    assert outbox.drain(5) == [] and outbox.timers_us() == [105, 105]
    outbox.put(b"b", Ack(sequence=1))
    assert [unpack_all(sent.data) for sent in outbox.drain(6)] == [[Ack(sequence=1)]]
    outbox.put(b"a", Ack(sequence=2))
    [first] = outbox.drain(7)
    assert unpack_all(first.data) == [Ping(number=1, sent_receiver_us=7), Ack(sequence=2)]
    assert first.message == Ack(sequence=2)
    assert outbox.timers_us() == [105], "one rider at a time: two would delay each other"


def test_a_patient_message_goes_alone_when_its_time_is_over_and_is_forgotten_with_its_peer() -> None:
    outbox = Outbox(stamp)
    outbox.put(b"a", Report(), patience_us=100)
    outbox.put(b"b", Report(), patience_us=100)
    assert outbox.drain(0) == []
    outbox.forget(b"b")
    assert [(sent.peer, unpack(sent.data)) for sent in outbox.drain(100)] == [(b"a", Report())]
    assert outbox.drain(200) == []
