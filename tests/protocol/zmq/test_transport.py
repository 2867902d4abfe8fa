"""Real sockets on loopback: identities, wake-ups, limits, reconnects and errors."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import zmq

from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.wire.sizes import message_wire_bytes
from narrowcast.protocol.zmq.transport import Packet, Transport, TransportConfig

PATIENCE = 100
"Polls of 50 ms before a test gives up: far more than loopback ever needs."


def listen(url: str = "tcp://127.0.0.1:0", max_message_bytes: int = 1 << 20) -> Transport:
    return Transport(TransportConfig(url=url, bind=True, max_message_bytes=max_message_bytes))


def connect(url: str) -> Transport:
    return Transport(TransportConfig(url=url, bind=False))


@pytest.fixture
def pair() -> Iterator[tuple[Transport, Transport]]:
    with listen() as router, connect(router.url) as dealer:
        yield router, dealer


def send(transport: Transport, data: bytes, peer: bytes = b"") -> None:
    """Send as soon as there is a connection."""
    for _ in range(PATIENCE):
        if transport.send(peer, data) is SendOutcome.SENT:
            return
        transport.poll(50)
    raise AssertionError("no connection")


def receive(transport: Transport) -> Packet:
    for _ in range(PATIENCE):
        packets = transport.poll(50)
        if packets:
            return packets[0]
    raise AssertionError("no message")


def test_port_zero_becomes_a_real_port_and_messages_go_both_ways(pair: tuple[Transport, Transport]) -> None:
    router, dealer = pair
    assert not router.url.endswith(":0")
    send(dealer, b"hello")
    packet = receive(router)
    assert packet.data == b"hello" and packet.peer
    assert router.send(packet.peer, b"welcome") is SendOutcome.SENT
    assert receive(dealer) == Packet(peer=b"", data=b"welcome")


def test_wire_bytes_are_counted_alike_on_both_sides(pair: tuple[Transport, Transport]) -> None:
    router, dealer = pair
    send(dealer, bytes(5000))
    receive(router)
    assert dealer.wire_bytes_out == router.wire_bytes_in == message_wire_bytes(5000)
    assert router.wire_bytes_out == dealer.wire_bytes_in == 0


def free_url() -> str:
    """Find an address where nobody listens."""
    with listen() as transport:
        return transport.url


def test_without_a_connection_nothing_is_queued() -> None:
    with connect(free_url()) as dealer:
        assert dealer.send(b"", b"x") is SendOutcome.FULL
        assert dealer.wire_bytes_out == 0


def test_an_unknown_peer_is_unreachable(pair: tuple[Transport, Transport]) -> None:
    assert pair[0].send(b"nobody", b"x") is SendOutcome.UNREACHABLE


def test_a_vanished_peer_is_unreachable() -> None:
    with listen() as router:
        with connect(router.url) as dealer:
            send(dealer, b"hello")
            peer = receive(router).peer
        for _ in range(PATIENCE):
            if router.send(peer, b"x") is SendOutcome.UNREACHABLE:
                break
            router.poll(50)
        else:
            raise AssertionError("the peer is still reachable")


def test_dealer_finds_a_listener_that_starts_late_and_one_that_restarts() -> None:
    url = free_url()
    with connect(url) as dealer:
        for run in (b"first", b"second"):
            with listen(url) as router:
                for _ in range(PATIENCE):
                    dealer.send(b"", run)  # may still go into the connection that has just ended
                    if run in [packet.data for packet in router.poll(50)]:
                        break
                else:
                    raise AssertionError("no message")


def test_the_last_message_is_read_before_the_connection_ends(pair: tuple[Transport, Transport]) -> None:
    router, dealer = pair
    send(dealer, b"hello")
    router.send(receive(router).peer, b"bye")
    closing = threading.Thread(target=router.close, args=(200,))
    closing.start()
    assert receive(dealer).data == b"bye"
    closing.join()


def test_wake_from_another_thread_ends_a_poll() -> None:
    with listen() as router:
        thread = threading.Thread(target=router.wake)
        thread.start()
        assert router.poll(60_000) == []
        thread.join()
        for _ in range(20_000):
            router.wake()  # more than any pipe holds: it must neither block nor fail
        assert router.poll(60_000) == []
        assert router.poll(0) == []
    router.wake()


def test_oversized_message_costs_its_sender_the_connection_and_nothing_else() -> None:
    with (
        listen(max_message_bytes=1000) as router,
        connect(router.url) as hostile,
        connect(router.url) as good,
    ):
        send(hostile, bytes(1001))
        send(good, b"hello")
        assert receive(router).data == b"hello"
        assert router.poll(100) == []


def test_message_of_several_parts_is_counted_and_dropped() -> None:
    with listen() as router, zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.connect(router.url)
        socket.send_multipart([b"one", b"two"])
        socket.send(b"whole")
        assert receive(router).data == b"whole"
        assert router.malformed_packets == 1


@pytest.mark.parametrize(
    "words",
    [b"\x01\x00\x04\x00abc", b"\xff" + bytes(7) + b"\x01\x7f\x01\x05\x00\x00" + b"\x00\x03abc"],
    ids=["ZMTP 1", "ZMTP 2"],
)
def test_old_dialects_are_counted_and_dropped(words: bytes) -> None:
    with listen() as router, socket.create_connection(("127.0.0.1", _port(router))) as client:
        client.sendall(words)
        for _ in range(PATIENCE):
            assert router.poll(20) == []
            if router.malformed_packets:
                break
        assert router.malformed_packets == 1


def test_a_new_connection_is_made_on_request() -> None:
    with listen() as router, connect(router.url) as dealer:
        send(dealer, b"before")
        before = receive(router).peer
        dealer.reconnect()
        # One that is sent at once may be lost with the old connection.
        packets: list[Packet] = []
        while not packets:
            dealer.send(b"", b"after")
            packets = router.poll(50)
        packet = packets[0]
        assert packet.data == b"after" and packet.peer != before
        assert router.send(packet.peer, b"answer") is SendOutcome.SENT
        assert receive(dealer).data == b"answer"


def _port(transport: Transport) -> int:
    return int(transport.url.rpartition(":")[2])


def test_a_loop_may_wait_for_many_sockets_at_once() -> None:
    with listen() as listening, connect(listening.url) as connecting:
        assert len(set(listening.descriptors)) == 3 and not listening.has_input
        waiting = select.poll()
        for descriptor in listening.descriptors:
            waiting.register(descriptor, select.POLLIN)
        deadline = time.monotonic() + 10
        while connecting.send(b"", b"hello") is not SendOutcome.SENT:
            time.sleep(0.01)
        while not listening.has_input:
            assert waiting.poll(1000) and time.monotonic() < deadline
        assert [packet.data for packet in listening.poll(0)] == [b"hello"] and not listening.has_input
