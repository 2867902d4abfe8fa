"""Where the two ends of a link measurement stand: in two namespaces, or on both sides of the proxy."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from narrowcast.benchmark.network.namespaces import LinkShape, NamespaceEnds, NamespacePair
from narrowcast.benchmark.network.proxy import ProxyShape, TcpProxy
from narrowcast.benchmark.network.proxy_pipe import Lane
from narrowcast.benchmark.network.tunnel import TunnelPair
from narrowcast.benchmark.network.wire_counter import ByteCounter, WireCounter, WireSample
from narrowcast.runtime.clock import now_us

PORT = 5555
LOOPBACK = "127.0.0.1"
TUNNEL_QUEUE_BYTES = 32 * 1024
"""As deep as the bucket's."""
Inside = Callable[[Sequence[str]], Sequence[str]]
"Turns a command into one that runs at an end of the link."


@dataclass(frozen=True, kw_only=True)
class LinkTestbed:
    """A link that is up, with a place for each program."""

    listen: tuple[str, int]
    "where the side that listens does so"
    connect: tuple[str, int]
    "where the other side finds it"
    sender_inside: Inside
    "runs the sender at its end"
    receiver_inside: Inside
    "runs the receiver at its end"
    counter: ByteCounter
    "what the sender's end sends and receives"
    set_kbps: Callable[[float], None]
    "changes what the link carries each way, at any time"
    counts_headers: bool = True
    "whether the counter is the kernel's, so that headers are counted too"


@contextmanager
def bucket_testbed(kbps: float, *, sender_listens: bool) -> Iterator[LinkTestbed]:
    """Make namespaces with tc's bucket between them; LinkError where there can be none."""
    with NamespacePair(LinkShape(kbps=kbps)) as pair:

        def set_kbps(kbps: float) -> None:
            pair.shape(LinkShape(kbps=kbps))

        with _between(pair, sender_listens, set_kbps) as testbed:
            yield testbed


@contextmanager
def tunnel_testbed(
    kbps: float, *, sender_listens: bool, delay_ms: float, jitter_ms: float
) -> Iterator[LinkTestbed]:
    """Make namespaces with the tunnel between them; LinkError where there can be none."""
    shape = ProxyShape(kbps=kbps, delay_ms=delay_ms, jitter_ms=jitter_ms, queue_bytes=TUNNEL_QUEUE_BYTES)
    with TunnelPair(shape) as pair:
        set_kbps = partial(_set_lanes, (pair.there, pair.back))
        with _between(pair, sender_listens, set_kbps) as testbed:
            yield testbed


@contextmanager
def _between(
    pair: NamespaceEnds, sender_listens: bool, set_kbps: Callable[[float], None]
) -> Iterator[LinkTestbed]:
    """Place the sender in the near namespace, and count what it sends."""
    with WireCounter(pair.near) as counter:
        address = (pair.near if sender_listens else pair.far).address, PORT
        yield LinkTestbed(
            listen=address,
            connect=address,
            sender_inside=pair.near.command,
            receiver_inside=pair.far.command,
            counter=counter,
            set_kbps=set_kbps,
        )


def _set_lanes(lanes: tuple[Lane, Lane], kbps: float) -> None:
    for lane in lanes:
        lane.shape = replace(lane.shape, kbps=kbps)


@contextmanager
def proxy_testbed(
    kbps: float, *, sender_listens: bool, delay_ms: float, jitter_ms: float
) -> Iterator[LinkTestbed]:
    """Start the proxy in front of the side that listens; it counts what passes, without headers."""
    listen = (LOOPBACK, _free_port())
    shape = ProxyShape(kbps=kbps, delay_ms=delay_ms, jitter_ms=jitter_ms)
    with TcpProxy(listen, shape) as proxy:
        ways = (proxy.back, proxy.forward) if sender_listens else (proxy.forward, proxy.back)

        def read() -> WireSample:
            sent, received = (way.passed_bytes for way in ways)
            return WireSample(at_us=now_us(), sent_bytes=sent, received_bytes=received)

        with ByteCounter(read) as counter:
            yield LinkTestbed(
                listen=listen,
                connect=(LOOPBACK, proxy.port),
                sender_inside=list,
                receiver_inside=list,
                counter=counter,
                set_kbps=partial(_set_lanes, (proxy.forward, proxy.back)),
                counts_headers=False,
            )


def _free_port() -> int:
    """Find one that is free now; ZeroMQ's peers cannot tell which one they were given."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])
