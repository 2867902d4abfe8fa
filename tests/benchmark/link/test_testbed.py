"""Both testbeds carry bytes from one end to the other, and count them."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import AbstractContextManager

import pytest

from narrowcast.benchmark.link.testbed import LinkTestbed, bucket_testbed, proxy_testbed, tunnel_testbed
from narrowcast.benchmark.network.namespaces import why_unusable

REASON = why_unusable()
COUNT = 5000

SENDER = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    connection.sendall(bytes(int(sys.argv[3])))
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
"""
RECEIVER = """
import socket, sys
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
    print("listening", flush=True)
    connection, _ = listener.accept()
    while connection.recv(65536):
        pass
"""


@pytest.mark.skipif(bool(REASON), reason=REASON or "usable")
@pytest.mark.parametrize(
    "testbed",
    [
        bucket_testbed(1000, sender_listens=False),
        tunnel_testbed(1000, sender_listens=False, delay_ms=5, jitter_ms=5),
    ],
)
def test_namespaces_have_the_sender_at_the_near_end(testbed: AbstractContextManager[LinkTestbed]) -> None:
    with testbed as link:
        receiver = subprocess.Popen(
            link.receiver_inside([sys.executable, "-c", RECEIVER, *map(str, link.listen)]),
            stdout=subprocess.PIPE,
        )
        assert receiver.stdout is not None and receiver.stdout.readline()
        sender = [sys.executable, "-c", SENDER, *map(str, link.connect), str(COUNT)]
        subprocess.run(link.sender_inside(sender), check=True, timeout=10)
        assert receiver.wait(10) == 0
    first, *_, last = link.counter.trace.samples
    assert last.sent_bytes - first.sent_bytes > COUNT > last.received_bytes - first.received_bytes


@pytest.mark.parametrize("sender_listens", [False, True])
def test_the_proxy_counts_what_the_sender_sends(sender_listens: bool) -> None:
    with proxy_testbed(0, sender_listens=sender_listens, delay_ms=0, jitter_ms=0) as link:
        with socket.create_server(link.listen) as listener:
            connecting = socket.create_connection(link.connect)
            listening, _ = listener.accept()
        sender, receiver = (listening, connecting) if sender_listens else (connecting, listening)
        with sender, receiver:
            sender.sendall(bytes(COUNT))
            sender.shutdown(socket.SHUT_WR)
            while receiver.recv(65536):
                pass
    last = link.counter.trace.samples[-1]
    assert (last.sent_bytes, last.received_bytes) == (COUNT, 0)


def test_what_the_proxy_carries_changes_while_it_runs() -> None:
    with proxy_testbed(64, sender_listens=True, delay_ms=0, jitter_ms=0) as link:
        link.set_kbps(8000)
        assert not link.counts_headers
        with socket.create_server(link.listen) as listener:
            connecting = socket.create_connection(link.connect)
            listening, _ = listener.accept()
        with connecting, listening:
            # At 64 kbit/s this would take half a minute, more than the test may.
            listening.sendall(bytes(50 * COUNT))
            left = 50 * COUNT
            while left:
                left -= len(connecting.recv(65536))


@pytest.mark.skipif(bool(REASON), reason=REASON or "usable")
@pytest.mark.parametrize(
    "testbed",
    [
        bucket_testbed(64, sender_listens=False),
        tunnel_testbed(64, sender_listens=False, delay_ms=0, jitter_ms=0),
    ],
)
def test_namespaces_take_another_rate(testbed: AbstractContextManager[LinkTestbed]) -> None:
    with testbed as link:
        link.set_kbps(8000)
        assert link.counts_headers
        receiver = subprocess.Popen(
            link.receiver_inside([sys.executable, "-c", RECEIVER, *map(str, link.listen)]),
            stdout=subprocess.PIPE,
        )
        assert receiver.stdout is not None and receiver.stdout.readline()
        sender = [sys.executable, "-c", SENDER, *map(str, link.connect), str(50 * COUNT)]
        subprocess.run(link.sender_inside(sender), check=True, timeout=20)
        assert receiver.wait(10) == 0
