"""The tunnel between two namespaces, for root on Linux: datagrams that take their time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from narrowcast.benchmark.network.namespaces import NAMESPACE_FOLDER, why_unusable
from narrowcast.benchmark.network.proxy_pipe import ProxyShape
from narrowcast.benchmark.network.tunnel import TUN_FILE, TunnelPair
from narrowcast.benchmark.network.wire_counter import WireCounter

REASON = why_unusable() or ("" if Path(TUN_FILE).exists() else f"there is no {TUN_FILE}")
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "usable")

ANSWER = """
import socket
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.bind(("10.77.0.2", 4000))
print("ready", flush=True)
while True:
    data, address = end.recvfrom(2000)
    end.sendto(data[:1], address)
"""
ASK = """
import socket, sys, time
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.settimeout(float(sys.argv[2]))
started = time.monotonic()
end.sendto(bytes(int(sys.argv[1])), ("10.77.0.2", 4000))
try:
    end.recv(1)
    print(time.monotonic() - started)
except TimeoutError:
    print("lost")
"""


def ask(pair: TunnelPair, count: int, *, timeout_s: float = 5.0) -> str:
    command = pair.near.command([sys.executable, "-c", ASK, str(count), str(timeout_s)])
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_packet_takes_the_time_of_its_bits_and_the_delay() -> None:
    with TunnelPair(ProxyShape(kbps=64, delay_ms=20)) as pair, WireCounter(pair.near) as counter:
        answer = subprocess.Popen(pair.far.command([sys.executable, "-c", ANSWER]), stdout=subprocess.PIPE)
        assert answer.stdout is not None and answer.stdout.readline()
        try:
            # 1028 bytes there and 29 back at 64 kbit/s are 132 ms; the delay makes it 172. Only the lower
            # bound is the link's own, for the machine may be busy.
            assert float(ask(pair, 1000)) >= 0.172
        finally:
            answer.kill()
            answer.wait()
    first, *_, last = counter.trace.samples
    assert last.sent_bytes - first.sent_bytes == 1028
    assert pair.there.passed_bytes == 1028
    assert not any(entry.name in (pair.near.name, pair.far.name) for entry in NAMESPACE_FOLDER.iterdir())
