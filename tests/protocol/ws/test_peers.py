"""Tests of protocol/ws/peers.py: WebSocket connections as the session's thread and a server see them."""

from __future__ import annotations

import threading

from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.ws.peers import MAX_UNREAD, MAX_UNSENT, WebSocketPeers, is_web_peer
from narrowcast.protocol.zmq.connection_events import ConnectionClosed, ConnectionCut, ConnectionOpened
from narrowcast.protocol.zmq.transport import MAX_PACKETS_PER_POLL


def opened(peers: WebSocketPeers, woken: list[str] | None = None) -> int:
    """A connection."""
    log = woken if woken is not None else []
    number = peers.open("192.168.1.7", lambda: log.append("server"))
    assert number is not None
    return number


def test_messages_pass_both_ways_and_are_counted() -> None:
    woken: list[str] = []
    peers = WebSocketPeers(encrypted=False)
    peers.wake = lambda: woken.append("session")
    connection = opened(peers, woken)
    assert peers.events() == [ConnectionOpened(connection=connection)] and not peers.waiting
    assert peers.received(connection, b"hello") and peers.waiting
    (packet,) = peers.packets()
    assert (packet.data, packet.connection) == (b"hello", connection) and is_web_peer(packet.peer)
    assert peers.send(packet.peer, b"welcome") is SendOutcome.SENT
    assert peers.outgoing(connection) == [b"welcome"] and peers.outgoing(connection) == []
    assert woken == ["session", "server"]
    assert peers.wire_bytes_in > 5 and peers.wire_bytes_out > 7


def test_no_peer_of_zeromq_is_taken_for_one() -> None:
    assert not is_web_peer(b"\0\x12\x34\x56\x78") and not is_web_peer(b"\0ws") and not is_web_peer(b"")


def test_who_sends_more_than_is_read_has_to_wait() -> None:
    peers = WebSocketPeers(encrypted=False)
    connection = opened(peers)
    assert all(peers.received(connection, b"x") for _ in range(MAX_UNREAD))
    assert not peers.received(connection, b"one more")
    assert len(peers.packets()) == MAX_UNREAD and peers.received(connection, b"one more")


def test_one_poll_takes_from_each_in_turn_and_not_more_than_it_may() -> None:
    peers = WebSocketPeers(encrypted=False)
    crowd = [opened(peers) for _ in range(12)]
    for connection in crowd:
        for _ in range(MAX_UNREAD):
            peers.received(connection, b"x")
    taken = peers.packets()
    assert len(taken) >= MAX_PACKETS_PER_POLL and {each.connection for each in taken} == set(crowd)
    assert peers.waiting


def test_what_a_browser_does_not_take_is_full_and_one_that_is_gone_unreachable() -> None:
    peers = WebSocketPeers(encrypted=True)
    connection = opened(peers)
    peers.received(connection, b"hello")
    peer = peers.packets()[0].peer
    outcomes = [peers.send(peer, b"frame") for _ in range(MAX_UNSENT + 1)]
    assert outcomes == [SendOutcome.SENT] * MAX_UNSENT + [SendOutcome.FULL]
    peers.closed(connection)
    assert peers.send(peer, b"frame") is SendOutcome.UNREACHABLE
    assert peers.events()[-1] == ConnectionClosed(connection=connection)
    assert peers.received(connection, b"late") and peers.packets() == []


def test_a_connection_that_is_cut_is_told_why_and_heard_no_more() -> None:
    woken: list[str] = []
    peers = WebSocketPeers(encrypted=False)
    connection = opened(peers, woken)
    peers.received(connection, b"flood")
    peers.cut(connection, "more than 300 messages a second")
    peers.cut(connection, "again")
    assert peers.cut_reason(connection) == "more than 300 messages a second" and woken == ["server"]
    assert peers.received(connection, b"flood") and peers.packets() == []
    cuts = [event for event in peers.events() if isinstance(event, ConnectionCut)]
    assert cuts == [ConnectionCut(address="192.168.1.7", reason="more than 300 messages a second")]


def test_nobody_is_let_in_while_there_are_as_many_as_may_be() -> None:
    peers = WebSocketPeers(encrypted=False)
    peers.accept(False)
    assert peers.open("192.168.1.7", lambda: None) is None
    peers.accept(True)
    assert peers.open("192.168.1.7", lambda: None) is not None


def test_at_the_end_every_server_is_woken_and_nobody_let_in() -> None:
    woken: list[str] = []
    peers = WebSocketPeers(encrypted=False)
    opened(peers, woken)
    opened(peers, woken)
    peers.end()
    assert peers.ended and woken == ["server", "server"] and peers.open("192.168.1.7", lambda: None) is None


def test_two_threads_lose_nothing() -> None:
    peers = WebSocketPeers(encrypted=False)
    connection = opened(peers)

    def send() -> None:
        for number in range(2000):
            while not peers.received(connection, b"%d" % number):
                pass

    sender = threading.Thread(target=send)
    sender.start()
    got: list[bytes] = []
    while len(got) < 2000:
        got += [packet.data for packet in peers.packets()]
    sender.join()
    assert got == [b"%d" % number for number in range(2000)]
