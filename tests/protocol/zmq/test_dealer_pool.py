"""Many connections in one thread, to a real listening socket, with keys and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import Security
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.zmq.curve import make_key_pair
from narrowcast.protocol.zmq.dealer_pool import DealerPool
from narrowcast.protocol.zmq.transport import Packet, Transport, TransportConfig
from tests.pipelines import wait_until

COUNT = 20


@pytest.fixture
def pool() -> Iterator[DealerPool]:
    opened = DealerPool()
    yield opened
    opened.close()


def exchange(pool: DealerPool, listening: Transport, config: TransportConfig) -> None:
    """Each connection says its number, and gets that back."""
    numbers = [pool.connect(config) for _ in range(COUNT)]
    assert numbers == list(range(COUNT))
    waiting, heard, back = set(numbers), list[Packet](), dict[int, bytes]()

    def step() -> None:
        for number in sorted(waiting):
            if pool.send(number, b"%d" % number) is SendOutcome.SENT:
                waiting.remove(number)
        for packet in listening.poll(5):
            heard.append(packet)
            assert listening.send(packet.peer, packet.data) is SendOutcome.SENT
        back.update(pool.poll(5))

    wait_until(lambda: len(back) == COUNT, step)
    assert back == {number: b"%d" % number for number in numbers}
    assert len({packet.peer for packet in heard}) == COUNT


def test_messages_go_and_come_by_the_number_of_their_connection(pool: DealerPool) -> None:
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as listening:
        exchange(pool, listening, TransportConfig(url=listening.url, bind=False))


def test_connections_with_keys(pool: DealerPool) -> None:
    server, client = make_key_pair(), make_key_pair()
    security = Security(own=server, allowed=lambda: frozenset({client.public}))
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True, security=security)) as listening:
        own = Security(own=client, other=server.public)
        exchange(pool, listening, TransportConfig(url=listening.url, bind=False, security=own))


def test_a_connection_is_made_anew(pool: DealerPool) -> None:
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as listening:
        number = pool.connect(TransportConfig(url=listening.url, bind=False))
        peers: set[bytes] = set()

        def step() -> None:
            pool.send(number, b"x")
            peers.update(packet.peer for packet in listening.poll(5))

        wait_until(lambda: len(peers) == 1, step)
        pool.reconnect(number)
        wait_until(lambda: len(peers) == 2, step)


def test_a_pool_does_not_listen(pool: DealerPool) -> None:
    with pytest.raises(TransportError, match="does not listen"):
        pool.connect(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    with pytest.raises(TransportError):
        pool.connect(TransportConfig(url="nowhere", bind=False))
