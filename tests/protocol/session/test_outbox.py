"""The outbox packs late, once for all who get the same."""

from __future__ import annotations

from dataclasses import replace

from protocol.session.outbox import Outbox
from protocol.wire.messages import Message, Ping
from protocol.wire.packing import unpack
from protocol.wire.session_messages import Bye


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
